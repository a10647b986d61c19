/* Browsers start no worker from a file. In pages that are opened as files, the worker of the search
   runs in a hidden frame instead. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(script) {
      super()
      const frame = document.createElement("iframe")
      frame.hidden = true
      this.ready = new Promise(resolve => { frame.onload = () => resolve(frame.contentWindow) })
      frame.srcdoc = "<!doctype html><script>" +
        "self.postMessage = message => parent.dispatchEvent(" +
        "new CustomEvent('frame', {detail: {frame: frameElement, message}}))" +
        "</" + "script><script src='" + new URL(script, document.baseURI) + "'></" + "script>"
      window.addEventListener("frame", ({ detail }) => {
        if (detail.frame === frame) {
          this.dispatchEvent(new MessageEvent("message", { data: detail.message }))
        }
      })
      const attach = () => document.body.append(frame)
      if (document.body) attach()
      else document.addEventListener("DOMContentLoaded", attach)
    }

    postMessage(message) {
      this.ready.then(inside =>
        inside.dispatchEvent(new inside.MessageEvent("message", { data: message })))
    }

    terminate() {}
  }
}
