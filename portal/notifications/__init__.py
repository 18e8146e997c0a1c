"""What people are told: in the portal and by mail. Listens to facts, never changes what they are about."""
