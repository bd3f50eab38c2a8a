"""How a likelihood is told to people."""

from typing import TYPE_CHECKING, Any

from surjax.cli.output import an, number, table

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
    lines = [
        ("log-likelihood", f"{number(report['log_likelihood_nats'])} ± {error} nats {an(example)} ({kind})"),
        ("negative", f"{number(report['nll_nats'])} nats"),
    ]
    if report["bits_per_dim"] is not None:
        error = number(report["standard_error_bits_per_dim"])
        lines.append(("bits/dim", f"{number(report['bits_per_dim'])} ± {error} ({kind})"))
    if report["entropy_nats"] is not None:
        lines.append(("entropy", f"{number(report['entropy_nats'])} nats, the lowest that is possible"))
        lines.append(("gap", f"{number(report['gap_nats'], '+.4f')} nats"))
    if "measure" in report:
        lines.append(("of", report["measure"]))
    if report["zero_density"]:
        lines.append(
            ("zero density", f"{report['zero_density']} {example}s have a log-likelihood that is not finite")
        )
    where = f"{report['n']:,} of {report['split']} ({report['fingerprint']}), {report['dtype']}"
    lines.append((f"{example}s", where))
    for name, value in lines:
        console.print(f"{name:<15} {value}", markup=False)
    if "stages" in report:
        _show_stages(report["stages"], console)


def _show_stages(stages: list[dict[str, Any]], console: "Console") -> None:
    """Print what each stage of a model contributes; only their sum is bits/dim of the image."""
    columns = ("stage", "bits an image", "of each new number", "of each number of its image", "share")
    shown = table(*columns, numbers=columns)
    for stage in stages:
        share = "–" if stage["share"] is None else f"{stage['share']:.1%}"
        bits = f"{number(stage['bits'], '.1f')} ± {number(stage['standard_error_bits'], '.1f')}"
        each = (number(stage["bits_per_new_number"]), number(stage["stage_bits_per_dim"]))
        shown.add_row(str(stage["stage"]), bits, *each, share)
    console.print(shown)


def show_budget(shares: list[dict[str, Any]], console: "Console") -> None:
    """Print how the minutes of a training are divided among stages, and why."""
    columns = ("stage", "seconds a step", "gain, bits·√s", "minutes", "steps")
    shown = table(*columns, numbers=columns)
    for share in shares:
        gain = number(share["gain"], ".1f")
        pace = number(share["seconds_a_step"], ".4f")
        shown.add_row(str(share["stage"]), pace, gain, number(share["minutes"], ".1f"), f"{share['steps']:,}")
    console.print(shown)


def show_cut(result: dict[str, Any], console: "Console") -> None:
    """Print what had to be done to samples for them to be pixels, or whole numbers as in the data, if so."""
    if result.get("moved_into_range"):
        numbers = (
            "1 whole number"
            if result["moved_into_range"] == 1
            else f"{result['moved_into_range']:,} whole numbers"
        )
        console.print(f"{numbers} outside the range of the training data became its nearest end")
    if result.get("cut_share"):
        console.print(f"{result['cut_share']:.3%} of the numbers were outside the range of pixels, and cut")
    if result.get("broken"):
        images = "1 image has" if result["broken"] == 1 else f"{result['broken']:,} images have"
        console.print(f"{images} numbers that are not finite, which are taken as 0")
