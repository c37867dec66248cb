//! The program's rooms: everything that touches the world.

pub(crate) mod tzdata;
