"""People: accounts of the vendor and of partners, invitations, roles and dated employment."""
