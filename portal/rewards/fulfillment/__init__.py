"""The queue of orders that staff approve, hand over and deliver."""
