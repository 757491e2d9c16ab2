//! Documents: the report and the session as Markdown, JSON, transcript. Pure; writes no file.
