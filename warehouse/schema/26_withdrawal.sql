-- Why a document is withdrawn: because of its facts, or because it is not written any more.
ALTER TABLE text.revision ADD COLUMN fact_ids VARCHAR[];
COMMENT ON COLUMN text.revision.fact_ids IS
    'Facts that it says and that held in the newest state; null where it is gone, or says none';
COMMENT ON COLUMN text.revision.reason IS
    'Why it is gone: stage and reason of text.removed; or that its facts, or some of them, no '
    'longer hold; or that it is not written any more though they do';
