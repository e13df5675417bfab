//! Sessions, hub, resume, presence, typing.
