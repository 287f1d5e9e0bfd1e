"""Installs the stack and removes it: init, deploy, update, destroy."""
