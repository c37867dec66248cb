//! The counts of deliveries, in one run.

/// What a courier did, and what it left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DeliveryStats {
    /// Notifications delivered, counted once a channel.
    pub(crate) delivered: u64,
    /// Those that will not be tried again.
    pub(crate) dead: u64,
    /// Those that wait still.
    pub(crate) pending: u64,
}
