# Short names for the commands of a contributor: https://just.systems

python := ".venv/bin/python"

# List the recipes.
default:
    @just --list

# Make the environment, with everything a contributor needs.
setup:
    [ -x {{python}} ] || python3 -m venv .venv
    {{python}} -m pip install --quiet -c constraints.txt -e '.[dev,docs]'

# Everything that CI runs.
check:
    .ci/run
    .ci/docs

# Look for known flaws in the pinned packages.
audit:
    .ci/audit

# The tests, or some of them: `just test tests/stories -k mention`.
test *arguments:
    .venv/bin/pytest -n 3 {{arguments}}

# Build the documentation into site/.
docs:
    .ci/docs

# Break everything around the real processes (about a quarter of an hour): `just faults redis slack`.
faults *arguments:
    {{python}} -m tests.faults {{arguments}}

# Ask a thousand questions while everything around them fails.
soak *arguments:
    {{python}} -m tests.faults.soak {{arguments}}

# Attack the bot, and print what escaped.
safety *arguments:
    {{python}} -m tests.safety {{arguments}}

# Take the pictures of the README and the documentation.
pictures:
    {{python}} -m tests.screenshots
