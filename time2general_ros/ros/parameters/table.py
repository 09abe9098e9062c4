"""The table of parameters as ``docs/node.md`` shows it."""

from __future__ import annotations

from typing import Any

from time2general_ros.ros.parameters.declared import PARAMETERS
from time2general_ros.ros.parameters.parameter import Change, Parameter

HEAD = '| parameter | type | default | range | changes | meaning |\n|---|---|---|---|---|---|'
_CHANGES = {
    Change.ANY_TIME: 'at run time',
    Change.UNCONFIGURED: 'while unconfigured',
    Change.NEVER: 'never',
}


def markdown_table() -> str:
    """Write all parameters as a Markdown table, one row each."""
    return '\n'.join((HEAD, *(table_row(parameter) for parameter in PARAMETERS)))


def table_row(parameter: Parameter[Any]) -> str:
    """Write one row of the table."""
    cells = (
        f'`{parameter.name}`',
        parameter.type_name,
        f'`{_shown(parameter.default)}`',
        _range(parameter),
        _CHANGES[parameter.change],
        parameter.description,
    )
    return f'| {" | ".join(cells)} |'


def _shown(default: Any) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default) or "''"


def _range(parameter: Parameter[Any]) -> str:
    if parameter.choices:
        return ', '.join(f'`{choice}`' for choice in parameter.choices)
    if parameter.bounds is not None:
        low, high = parameter.bounds
        return f'{low:g} to {high:g}'
    return ''


if __name__ == '__main__':
    print(markdown_table())
