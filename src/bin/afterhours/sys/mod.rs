//! What the operating system and the process give: clock, signals, mapped files, the allocator, the terminal, messages, exit
//! codes, time-zone data and the configuration file. Knows nothing of records.

pub(crate) mod clock;
pub(crate) mod config_file;
pub(crate) mod exit;
pub(crate) mod log;
pub(crate) mod malloc;
pub(crate) mod messages;
pub(crate) mod mmap;
pub(crate) mod signals;
pub(crate) mod terminal;
pub(crate) mod tzdata;
