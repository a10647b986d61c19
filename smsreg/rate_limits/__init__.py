"""Rate limiters, which pace the attempts of clients so that they stay below the quotas.

With ``SMSVoiceClient(rate_limiter=LocalRateLimiter())`` each attempt waits for its turn.
"""

from smsreg._lazy import TYPE_CHECKING, attach

if TYPE_CHECKING:
    from smsreg.rate_limits._local import LocalRateLimiter as LocalRateLimiter
    from smsreg.rate_limits._protocol import RateLimiter as RateLimiter
    from smsreg.rate_limits._redis import RedisRateLimiter as RedisRateLimiter

__all__ = ["LocalRateLimiter", "RateLimiter", "RedisRateLimiter"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = attach(
        __name__,
        {
            "_local": ("LocalRateLimiter",),
            "_protocol": ("RateLimiter",),
            "_redis": ("RedisRateLimiter",),
        },
    )
