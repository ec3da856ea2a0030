from shared.relay import sweep_journal_handler

handler = sweep_journal_handler()
