"""The demo channel: converts a published reseller data set, moves it to today, and makes what the data lacks.

Everything here is pure (files and values in, files and values out); the builder feeds it through the rooms' services.
"""
