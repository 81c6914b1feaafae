"""The rulebook: exact, typed, standard library only. It reads no clock, no database and no request."""
