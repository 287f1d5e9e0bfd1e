"""Examines each part of the installation."""
