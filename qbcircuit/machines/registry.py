"""Backends by name, found through entry points so that the core imports no vendor.

Groups: ``qbcircuit.backends`` (a factory called with ``n_qubits``), ``qbcircuit.devices`` (a
shelf of devices whose names start with the entry point's name and an underscore) and
``qbcircuit.simulators`` (``device`` turns a qiskit ``BackendV2`` into a noisy simulation).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Protocol, cast

from qbcircuit.backend import Backend, ExecutionSettings, QueueingBackend
from qbcircuit.errors import InvalidRequest, MissingExtra, unknown_name
from qbcircuit.machines.exact import ExactBackend
from qbcircuit.machines.sampler import SamplerBackend

if TYPE_CHECKING:
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2

EXACT = "exact"


class DeviceShelf(Protocol):
    """What an entry point of the group ``qbcircuit.devices`` is.

    A shelf that cannot list its devices without asking a service lists none, has a ``note``
    that says what they need, and ``asked()``, which asks.
    """

    def __call__(self, name: str) -> BackendV2 | Backend:
        """The device of that full name, e.g. ``fake_torino``; a qiskit one gets simulated."""
        ...

    def names(self) -> tuple[str, ...]:
        """Full names of the devices on the shelf, sorted."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceFamily:
    """The devices behind one prefix.

    Args:
        prefix: e.g. ``"fake"`` for ``fake_torino``.
        names: full names; empty where the extra is missing.
        missing: how to install what is missing; empty where nothing is.
        note: what devices need that cannot be listed.
    """

    prefix: str
    names: tuple[str, ...]
    missing: str = ""
    note: str = ""


def names() -> tuple[str, ...]:
    """Names of the backends, sorted; devices come on top (:func:`devices`)."""
    return tuple(sorted({EXACT, *_found("qbcircuit.backends")}))


def devices(*, ask: bool = False) -> tuple[DeviceFamily, ...]:
    """Device families with the names of their devices.

    Args:
        ask: ask services for theirs, too.
    """
    found = _found("qbcircuit.devices").items()
    return tuple(_family(prefix, point, ask=ask) for prefix, point in found)


def is_device(name: str) -> bool:
    """Whether a name belongs on a shelf of devices, as ``fake_torino`` does; loads none."""
    prefix, underscore, _ = name.partition("_")
    return bool(underscore) and prefix in _found("qbcircuit.devices")


def resolve(
    spec: str | Backend | BackendV2 | BaseSamplerV2,
    n_sites: int,
    settings: ExecutionSettings | None = None,
) -> Backend:
    """The backend that is meant.

    Args:
        spec: a name (``exact``, ``aer``, ``noisy``, ``fake_torino``, ...), a backend of ours
            (returned as it is), or a qiskit backend or sampler primitive (really run).
        n_sites: sites of the battery, for backends that are made to measure.
        settings: how a machine that queues is to execute.

    Raises:
        InvalidRequest: an unknown name, nothing that can run circuits, or settings for a machine
            that has none.
        MissingExtra: a device that needs an optional dependency.
    """
    machine = _meant(spec, n_sites)
    if settings is None or settings == ExecutionSettings():
        return machine
    if not isinstance(machine, QueueingBackend):
        raise InvalidRequest(
            f"Modes, decoupling and twirling are settings of hardware, and {machine.name} has "
            "none. Leave them out, or name an ibm_<device>."
        )
    return machine.configured(settings)


def _meant(spec: str | Backend | BackendV2 | BaseSamplerV2, n_sites: int) -> Backend:
    if isinstance(spec, str):
        return _named(spec, n_sites)
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2

    if isinstance(spec, BackendV2 | BaseSamplerV2):
        return SamplerBackend(machine=spec)
    if isinstance(spec, Backend):
        return spec
    raise InvalidRequest(
        "A backend is a name, a qbcircuit Backend, a qiskit BackendV2 or a sampler primitive, "
        f'got {type(spec).__name__}. Use "aer".'
    )


def _named(name: str, n_sites: int) -> Backend:
    if name == EXACT:
        return ExactBackend()
    backends = _found("qbcircuit.backends")
    if name in backends:
        return cast(Backend, backends[name].load()(n_qubits=n_sites))
    shelves = _found("qbcircuit.devices")
    if is_device(name):
        return _device(cast(DeviceShelf, shelves[name.partition("_")[0]].load()), name)
    known = (*names(), *(f"{prefix}_<name>" for prefix in shelves))
    raise unknown_name("backend", name, known, see="qbcircuit devices")


def _device(shelf: DeviceShelf, name: str) -> Backend:
    from qiskit.providers import BackendV2

    device = shelf(name)
    if not isinstance(device, BackendV2):
        return device
    simulate_device = _found("qbcircuit.simulators")["device"].load()
    return cast(Backend, simulate_device(device))


def _family(prefix: str, point: EntryPoint, *, ask: bool) -> DeviceFamily:
    try:
        shelf = point.load()
        note = str(getattr(shelf, "note", ""))
        known = shelf.asked() if ask and hasattr(shelf, "asked") else shelf.names()
        return DeviceFamily(prefix=prefix, names=tuple(known), note=note)
    except MissingExtra as error:
        return DeviceFamily(prefix=prefix, names=(), missing=str(error))


def _found(group: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}
