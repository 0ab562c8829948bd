"""Lambda constructs: functions, the streaming layer, roles and assets."""
