"""The command line: `python -m pipeline COMMAND`; everything but an answer goes to stderr."""

import errno
import io
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as Bar

import pipeline
from pipeline import delivery, exact_json
from pipeline.activity import rebuild
from pipeline.catalogue import type_names
from pipeline.clock import utcnow
from pipeline.database import default, look_at
from pipeline.demo import load_demo
from pipeline.doctor import examine
from pipeline.errors import Invalid, NotFound, PipelineError
from pipeline.events.incoming import parse_moment
from pipeline.files import FieldMapping, ImportReport, import_file
from pipeline.progress import Progress
from pipeline.reports import CampaignProgress, campaign_progress
from pipeline.rules import Rule
from pipeline.rules.paths import from_words, in_words
from pipeline.tracking import track, tracked_properties, untrack

app = typer.Typer(help="Events → Profiles → Segments → Campaigns", no_args_is_help=True)

# What is larger overflows a date, or an integer of the database.
_MOST = 1_000_000

Prompt = Annotated[str, typer.Argument(help="the audience in words, or --definition")]
Definition = Annotated[str, typer.Option(help="the audience as JSON, instead of words")]
AsOf = Annotated[str, typer.Option(help="as it was then, ISO 8601 (default: now)")]
Campaign = Annotated[str, typer.Argument(help="the campaign's id")]
PropertyPath = Annotated[str, typer.Argument(help="as in rules: page, product.sku, items[0].sku")]
Limit = Annotated[
    int | None, typer.Option(min=1, max=_MOST, help="no more than so many, by e-mail")
]


# ----------------------------------------------------------------------------------------- events
@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, JSON Lines or Parquet, plain or gzip")],
    email: Annotated[str, typer.Option(help="column, or template: 'c{CustomerID}@example.com'")],
    time: Annotated[str, typer.Option(help="column with the time of the event")],
    type_: Annotated[str | None, typer.Option("--type", help="event type of all rows")] = None,
    type_column: Annotated[str | None, typer.Option(help="column with the event type")] = None,
    timezone: Annotated[
        str | None, typer.Option(help="of times without one (default: UTC)")
    ] = None,
    time_format: Annotated[
        str | None,
        typer.Option(help="as for strptime, or epoch, epoch-ms, epoch-us (default: ISO 8601)"),
    ] = None,
    decimal: Annotated[
        str | None, typer.Option(help="sign in a CSV file's numbers: . or , (default: found out)")
    ] = None,
    property_: Annotated[
        list[str] | None,
        typer.Option(
            "--property",
            help="COLUMN, NAME=COLUMN, or '*' for all columns that nothing else uses; repeatable",
        ),
    ] = None,
    key: Annotated[str | None, typer.Option(help="template of the idempotency key")] = None,
    encoding: Annotated[str | None, typer.Option(help="(default: found out)")] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="of a CSV file (default: found out)")
    ] = None,
    shift_to_now: Annotated[bool, typer.Option(help="move all times: the newest is now")] = False,
    dry_run: Annotated[bool, typer.Option(help="store nothing, report all the same")] = False,
    rejects: Annotated[Path | None, typer.Option(help="CSV file for refused rows")] = None,
) -> None:
    """Import a file of events; doing it again stores only what is new.

    Ends with status 1 when all rows are refused.
    """
    chosen = property_ or ["*"]
    mapping = FieldMapping(
        email=email,
        time=time,
        type=type_,
        type_column=type_column,
        timezone=timezone,
        time_format=time_format,
        decimal=decimal,
        properties=_names_and_columns(chosen),
        remaining="*" in chosen,
        key=key,
    )
    with _progress("Importing") as progress:
        report = import_file(
            default(),
            file,
            mapping,
            now=utcnow(),
            encoding=encoding,
            delimiter=delimiter,
            shift_to_now=shift_to_now,
            dry_run=dry_run,
            rejects=rejects,
            on_progress=progress,
        )
    _print_report(report, dry_run=dry_run)
    if report.is_all_refused:
        raise typer.Exit(1)


def _names_and_columns(options: Sequence[str]) -> dict[str, str]:
    chosen = (option.partition("=") for option in options if option != "*")
    return {name: column or name for name, _, column in chosen}


def _print_report(report: ImportReport, *, dry_run: bool) -> None:
    stored = "would be stored" if dry_run else "stored"
    lines = [(report.read, "rows read"), (report.stored, stored), (report.duplicates, "duplicates")]
    lines.append((report.refused.total(), "refused"))
    lines += [(count, f"  {reason}") for reason, count in report.refused.most_common()]
    lines.append((report.new_customers, "new customers"))
    for count, what in lines:
        _print(f"{count:>12,} {what}")
    if ends := [f"{each:%Y-%m-%d %H:%M}" for each in (report.first_at, report.last_at) if each]:
        typer.echo(f"{'':>12} events of {' to '.join(ends)} UTC")
    typer.echo(f"{report.seconds:>12,.1f} seconds, {report.rows_per_second:,.0f} rows per second")


@app.command()
def demo() -> None:
    """Load the demo shop: 90 days of events; doing it again stores only what is new since."""
    with _progress("Loading") as progress:
        report = load_demo(default(), now=utcnow(), on_progress=progress)
    for count, what in (
        (report.customers, "new customers"),
        (report.events, "new events"),
        (report.duplicates, "events that were there already"),
        (report.segments, "new segments"),
        (report.campaigns, "new campaigns"),
    ):
        typer.echo(f"{count:>12,} {what}")


# --------------------------------------------------------------------------------------- segments
@app.command()
def preview(prompt: Prompt = "", definition: Definition = "", as_of: AsOf = "") -> None:
    """Show who is in an audience: the exact number, and the first by e-mail."""
    rule = _rule(prompt, definition)
    now = parse_moment(as_of, "--as-of") if as_of else utcnow()
    with default().read() as session:
        rule = pipeline.resolve(session, rule)
        found = pipeline.preview(session, rule, now=now)
    noun = "customer" if found.count == 1 else "customers"
    _print(f"{found.count:,} {noun} who {rule.sentence()}")
    for customer in found.customers:
        _print(customer.email)


@app.command()
def segment(name: str, prompt: Prompt = "", definition: Definition = "") -> None:
    """Save an audience; prints the segment's id."""
    rule = _rule(prompt, definition)
    create = partial(pipeline.create_segment, name=name, definition=rule.definition(), now=utcnow())
    saved = default().transact(create)
    _say(f"customers who {rule.sentence()}")
    typer.echo(saved.id)


@app.command()
def segments() -> None:
    """List the saved audiences."""
    with default().read() as session:
        for saved in pipeline.list_segments(session):
            _print(f"{saved.id}  {saved.name}")


def _rule(prompt: str, definition: str) -> Rule:
    if not definition:
        with default().read() as session:
            understanding = pipeline.understand(prompt, type_names(session))
        if remark := understanding.remark():
            _say(remark)
        return understanding.rule
    try:
        return pipeline.parse(exact_json.loads(definition))
    except ValueError:
        raise Invalid("--definition is not valid JSON") from None


# -------------------------------------------------------------------------------------- campaigns
@app.command()
def campaign(name: str, segment: Annotated[str, typer.Argument(help="the segment's id")]) -> None:
    """Create a campaign to a segment; prints the campaign's id."""
    segment_id = _id(segment, "Segment")
    create = partial(pipeline.create_campaign, name=name, segment_id=segment_id, now=utcnow())
    typer.echo(default().transact(create).id)


@app.command()
def campaigns() -> None:
    """List the campaigns."""
    with default().read() as session:
        for row, segment in pipeline.list_campaigns(session):
            _print(f"{row.id}  {row.status:<8}  {row.name} → {segment.name}")


@app.command()
def generate(campaign: Campaign) -> None:
    """Write a draft for every member of a campaign's audience; prints how many have one."""
    with _progress("Writing drafts") as progress:
        count = pipeline.generate_drafts(
            default(), _id(campaign, "Campaign"), now=utcnow(), on_progress=progress
        )
    typer.echo(f"{count:,} drafted")


@app.command()
def drafts(campaign: Campaign, limit: Limit = 10) -> None:
    """Show the first drafts of a campaign, to be read before they are approved."""
    with default().read() as session:
        found = pipeline.get_campaign(session, _id(campaign, "Campaign"))
        for draft, customer in pipeline.list_drafts(session, found.id, limit=limit):
            _print(f"To: {customer.email}  [{draft.status}]  {draft.id}")
            for line in (f"Subject: {draft.subject}", "", *draft.body.split("\n"), ""):
                _print(line)


@app.command()
def approve(campaign: Campaign, limit: Limit = None) -> None:
    """Approve the drafts of a campaign that nobody has decided yet."""
    typer.echo(f"{_review(campaign, 'approved', limit):,} approved")


@app.command()
def reject(campaign: Campaign, limit: Limit = None) -> None:
    """Reject the drafts of a campaign that nobody has decided yet."""
    typer.echo(f"{_review(campaign, 'rejected', limit):,} rejected")


@app.command()
def send(
    campaign: Campaign,
    retry_interrupted: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=_MOST,
            metavar="MINUTES",
            help="first call failed what was begun longer ago, or by a sender that failed, and has"
            " no outcome; it may go out twice",
        ),
    ] = None,
) -> None:
    """Send the approved drafts of a campaign that are not sent yet, or failed before."""
    campaign_id = _id(campaign, "Campaign")
    if retry_interrupted:
        before = utcnow() - timedelta(minutes=retry_interrupted)
        fail = partial(pipeline.fail_interrupted, campaign_id=campaign_id, claimed_before=before)
        default().transact(fail)
    if _numbers(campaign_id).sendable:
        _say(delivery.nature(delivery.current()))
    with _progress("Sending") as progress:
        done = pipeline.send_campaign(default(), campaign_id, clock=utcnow, on_progress=progress)
    typer.echo(f"{done.sent:,} sent, {done.failed:,} failed")
    if undecided := _numbers(campaign_id).claimed:  # by those before as well
        _say(f"{undecided:,} may have gone out or not: look into the mail server's log")
    if done.stopped:
        _say(done.stopped)
        raise typer.Exit(1)


def _numbers(campaign_id: uuid.UUID) -> CampaignProgress:
    with default().read() as session:
        return campaign_progress(session, campaign_id)


def _review(campaign: str, verdict: str, limit: int | None) -> int:
    review = partial(
        pipeline.review_rest,
        campaign_id=_id(campaign, "Campaign"),
        verdict=verdict,
        limit=limit,
        now=utcnow(),
    )
    return default().transact(review)


# ---------------------------------------------------------------------------------------- operation
@app.command()
def rebuild_activity() -> None:
    """Compare the profiles with the events, and mend those that differ; ingest may go on."""
    with _progress("Rebuilding") as progress:
        done = rebuild(default(), on_progress=progress)
    for count, what in (
        (done.customers, "customers looked at"),
        (done.wrong, "rows of profiles differed and were mended"),
    ):
        typer.echo(f"{count:>12,} {what}")


@app.command()
def track_property(path: PropertyPath) -> None:
    """Make rules quick that ask for a property's value, while events may come in."""
    with _progress("Building") as progress:
        track(default(), from_words(path), now=utcnow(), on_progress=progress)


@app.command()
def untrack_property(path: PropertyPath) -> None:
    """Take a tracked property back, and what was built for it."""
    with _progress("Removing") as progress:
        untrack(default(), from_words(path), on_progress=progress)


@app.command(name="tracked-properties")
def list_tracked() -> None:
    """List the tracked properties."""
    with default().read() as session:
        for each in tracked_properties(session):
            _print(f"{each.status:<9} {in_words(each.path)}")


@app.command()
def doctor(full: Annotated[bool, typer.Option(help="read all rows, not samples")] = False) -> None:
    """Check database and mail server, changing nothing; says what to do, and then ends with 1."""
    with closing(look_at()) as database, _progress("Comparing") as progress:
        findings = examine(database, now=utcnow(), full=full, on_progress=progress)
    for finding in findings:
        sign = "ok" if finding.ok else "WRONG"
        advice = f"; {finding.advice}" if finding.advice else ""
        _print(f"{sign:<6}{finding.check:<13}{finding.says}{advice}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


# ------------------------------------------------------------------------------------------ common
def _id(text: str, noun: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound(noun) from None


def _print(text: str, *, err: bool = False) -> None:
    """A line that may have somebody's words in it.

    A terminal takes some characters for commands, and a reader a second line for another answer.
    """
    typer.echo("".join(each if each.isprintable() else "?" for each in text), err=err)


def _say(text: str) -> None:
    _print(text, err=True)


@contextmanager
def _progress(title: str) -> Iterator[Progress]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def main() -> None:
    """Run a command; a refusal is one sentence on stderr and exit status 1."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names may have letters that the terminal lacks.
        sys.stdout.reconfigure(errors="replace")
    try:
        app()
    except PipelineError as error:
        _say(f"Error: {error}")
        sys.exit(1)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _say(f"Error: the answer cannot be written: {error.strerror}")
        sys.exit(1)


if __name__ == "__main__":
    main()
