"""The error that stops the generator."""


class GeneratorError(Exception):
    """The tables, the phrase book and the service's model do not agree; each problem on a line."""

    def __init__(self, subject: str, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join([f"{subject}: {len(problems)} problem(s)", *problems]))
