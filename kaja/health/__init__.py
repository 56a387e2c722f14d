"""How Kaja itself is doing: queues, workers, schedule, deliveries, readings; failed jobs are decided here. J5."""
