"""The parameter table on a node: declared with descriptors, checked, read with its types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rcl_interfaces.msg import (  # type: ignore[import-untyped]
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException

from time2general_ros.ros.parameters.declared import PARAMETERS
from time2general_ros.ros.parameters.parameter import Change, Parameter, ParameterError, T
from time2general_ros.ros.parameters.unread import (
    QOS,
    unknown_parameters,
    unknown_qos_overrides,
    unread_sources,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rclpy.node import Node
    import rclpy.parameter


class ParameterServer:
    """
    Declare every parameter of the table on a node and refuse values that it cannot use.

    :param is_configured: Tells whether the node is in use now, so that structural parameters may
        not change.
    :raises ParameterError: if a value given at start-up is refused; the message says why.
    """

    def __init__(self, node: Node, is_configured: Callable[[], bool] = lambda: True) -> None:
        self._node = node
        self._is_configured = is_configured
        for parameter in PARAMETERS:
            self._declare(parameter)
        node.add_on_set_parameters_callback(self._check)

    def read(self, parameter: Parameter[T]) -> T:
        """Return the value that a parameter has now."""
        value: T | None = self._node.get_parameter(parameter.name).value
        # An empty list on a command line or in a file arrives as no value.
        return parameter.default if value is None else value

    def read_all(self) -> dict[str, object]:
        """Return the values that all parameters have now, by name."""
        return {item.name: self.read(item) for item in PARAMETERS}

    def warn_of_unread(self, command_line: Sequence[str]) -> None:
        """
        Warn of what is set for other nodes only, or under names that this one does not have.

        :param command_line: Of the process.
        """
        known = [*(parameter.name for parameter in PARAMETERS), 'use_sim_time']
        given = [name for name in self._unread() if not name.startswith(QOS)]
        name = self._node.get_fully_qualified_name()
        for text in (unknown_parameters(given, known), *unread_sources(command_line, name)):
            if text:
                self._node.get_logger().warning(text)

    def warn_of_unread_qos(self) -> None:
        """Warn of ``qos_overrides`` of topics that a configured node does not have."""
        known = [QOS + name for name in self._node.get_parameters_by_prefix(QOS[:-1])]
        given = [name for name in self._unread() if name.startswith(QOS)]
        if text := unknown_qos_overrides(given, known):
            self._node.get_logger().warning(text)

    def _unread(self) -> list[str]:
        """List what is set for this node and not declared by it; rclpy tells nobody."""
        overrides = self._node._parameter_overrides
        return [name for name in overrides if not self._node.has_parameter(name)]

    def _declare(self, parameter: Parameter[Any]) -> None:
        try:
            declared = self._node.declare_parameter(
                parameter.name, parameter.default, _descriptor(parameter)
            )
        except (InvalidParameterTypeException, InvalidParameterValueException) as error:
            raise ParameterError(f'{parameter.name} {parameter.requirement}: {error}') from error
        is_empty_list = declared.value is None and isinstance(parameter.default, list)
        reason = None if is_empty_list else parameter.reason_against(declared.value)
        if reason:
            raise ParameterError(reason)

    def _check(self, parameters: list[rclpy.parameter.Parameter[Any]]) -> SetParametersResult:
        table = {parameter.name: parameter for parameter in PARAMETERS}
        for given in parameters:
            known = table.get(given.name)
            reason = self._reason_against(known, given.value) if known else None
            if reason:
                return SetParametersResult(successful=False, reason=reason)
        return SetParametersResult(successful=True)

    def _reason_against(self, parameter: Parameter[Any], value: object) -> str | None:
        if parameter.change is Change.UNCONFIGURED and self._is_configured():
            return (
                f'{parameter.name} is read-only while the node is configured; deactivate and '
                'clean up the node, set it, and configure again'
            )
        return parameter.reason_against(value)


def _descriptor(parameter: Parameter[Any]) -> ParameterDescriptor:
    descriptor = ParameterDescriptor(
        name=parameter.name,
        description=parameter.description,
        read_only=parameter.read_only,
        # An empty list has no type of its own.
        dynamic_typing=isinstance(parameter.default, list),
    )
    if parameter.choices:
        descriptor.additional_constraints = f'one of {", ".join(parameter.choices)}'
    if parameter.bounds is not None:
        low, high = parameter.bounds
        if isinstance(parameter.default, int):
            descriptor.integer_range = [IntegerRange(from_value=low, to_value=high)]
        else:
            descriptor.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
    return descriptor
