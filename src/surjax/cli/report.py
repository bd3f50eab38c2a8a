"""How a likelihood is told to people."""

from typing import TYPE_CHECKING, Any

from surjax.cli.output import number

if TYPE_CHECKING:
    from rich.console import Console


def kind_of_number(report: dict[str, Any]) -> str:
    """Whether a likelihood is exact, or a bound of how many importance samples, in words."""
    samples = report["num_samples"]
    return "exact" if report["exact"] else f"a lower bound, {samples} importance sample{'s' * (samples > 1)}"


def show_likelihood(report: dict[str, Any], console: "Console") -> None:
    """Print a likelihood as `Run.report` gives it: the number, its error, and what kind of number it is."""
    kind, example = kind_of_number(report), report.get("example", "row")
    error = number(report["standard_error_nats"])
    a = "an image" if example == "image" else f"a {example}"
    lines = [
        ("log-likelihood", f"{number(report['log_likelihood_nats'])} ± {error} nats {a} ({kind})"),
        ("negative", f"{number(report['nll_nats'])} nats"),
    ]
    if report["bits_per_dim"] is not None:
        error = number(report["standard_error_bits_per_dim"])
        lines.append(("bits/dim", f"{number(report['bits_per_dim'])} ± {error} ({kind})"))
    if report["entropy_nats"] is not None:
        lines.append(("entropy", f"{number(report['entropy_nats'])} nats, the lowest that is possible"))
        lines.append(("gap", f"{number(report['gap_nats'], '+.4f')} nats"))
    if report["zero_density"]:
        lines.append(("zero density", f"{report['zero_density']} {example}s have a log-likelihood of −∞"))
    where = f"{report['n']:,} of {report['split']} ({report['fingerprint']}), {report['dtype']}"
    lines.append((f"{example}s", where))
    for name, value in lines:
        console.print(f"{name:<15} {value}", markup=False)
