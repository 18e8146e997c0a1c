"""The employer's answer: whether a partner's people may receive SPIFs, dated, decided by the partner's admin."""
