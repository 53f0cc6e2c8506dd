"""What an administrator changes as data (14): holiday notices, local closures, office hours, limits.

One proposes, a second person sees what it would do and puts it in force. Wagtail shows it under ``/cms/``;
``carrying`` brings the open duties after it and tells the people concerned.
"""
