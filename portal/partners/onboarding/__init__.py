"""Onboarding: a public application, a manager's decision, and the invitation of the first partner admin."""
