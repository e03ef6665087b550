"""Files that wait the longest begin first, so that those that run side by side end at about the same time."""
LONGEST = ["test_presence.py", "test_chat_live.py", "test_chat_resumes.py", "test_requests_are_done_once.py",
           "test_replies_leave_by_smtp.py", "test_routing_survives_kills.py", "test_mail_survives_faults.py"]


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))
