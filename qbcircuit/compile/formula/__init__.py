"""Product formulas: layers, schedules, their guaranteed and measured errors."""
