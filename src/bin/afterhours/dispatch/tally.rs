//! The counts of deliveries in one run.

/// What the channel workers delivered, and what they left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DeliveryStats {
    /// Notifications delivered; counted once for each channel.
    pub(crate) delivered: u64,
    /// Dead-lettered.
    pub(crate) dead: u64,
    /// Still in the outbox.
    pub(crate) pending: u64,
}
