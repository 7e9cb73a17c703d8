"""What moved to :mod:`embedbook.lists`, for those who still ask here."""

from embedbook.lists import Reference as Reference
from embedbook.lists import references

REFERENCES = references()
