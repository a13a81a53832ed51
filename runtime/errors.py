"""What the person who runs the system must hear, in words that say how to mend it.

OperatorError
├── SettingsError        a setting that cannot be used
├── CodecKeysError       payload keys that are missing or cannot be read
├── PortTakenError       another program listens where the API should
├── DataDirError         a data directory that cannot be used
│   ├── DataDirLockedError      another run holds it
│   ├── DataDirNewerError       a newer version made it
│   └── RehearsalMismatchError  made for rehearsal and started without, or the other way round
├── EngineError          the embedded engine
│   ├── EngineMissingError      no binary
│   └── EngineFailedError       it does not start, or does not stay up
├── ChildFailedError     a part of the system that does not stay up
└── SampleExposedError   the sample organisation and its keys would leave this machine
"""

from __future__ import annotations


class OperatorError(Exception):
    """Something only the operator can mend: said in Chinese and English, with the way out."""

    code = "operator"

    def __init__(self, zh: str, en: str, mend: str = "") -> None:
        super().__init__(f"{zh}\n{en}" + (f"\n{mend}" if mend else ""))
        self.zh = zh
        self.en = en
        self.mend = mend


class SettingsError(OperatorError):
    """A setting cannot be used."""

    code = "settings"


class CodecKeysError(OperatorError):
    """The payload keys are missing or cannot be read."""

    code = "codec-keys"


class PortTakenError(OperatorError):
    """Another program listens on the port, or the address is not this machine's."""

    code = "port-taken"
    may_pass = False
    """Whether the port may be free in a moment."""


class DataDirError(OperatorError):
    """The data directory cannot be used."""

    code = "data-dir"


class DataDirLockedError(DataDirError):
    """Another run holds the data directory."""

    code = "data-dir-locked"


class DataDirNewerError(DataDirError):
    """A newer version of the application made the data directory."""

    code = "data-dir-newer"


class RehearsalMismatchError(DataDirError):
    """A rehearsal on real data, or real work on a rehearsal's data."""

    code = "rehearsal-mismatch"


class EngineError(OperatorError):
    """The embedded engine cannot be had or does not run."""

    code = "engine"


class EngineMissingError(EngineError):
    """No engine binary was found."""

    code = "engine-missing"


class EngineFailedError(EngineError):
    """The engine does not start."""

    code = "engine-failed"


class ChildFailedError(OperatorError):
    """A child process ends again and again."""

    code = "child-failed"


class SampleExposedError(OperatorError):
    """The sample organisation would be served beyond this machine."""

    code = "sample-exposed"
