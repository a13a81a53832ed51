"""Tables, repositories with all SQL, sessions, migrations; and the catalogue's files read into ``domain`` objects."""
