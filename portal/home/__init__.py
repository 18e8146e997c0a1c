"""Home pages by role: what I have, the one act, what needs me; each part comes from the room that knows it."""
