//! Decides whether a moment lies inside working hours.
