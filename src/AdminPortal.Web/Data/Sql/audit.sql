-- The trail is append-only for everybody, the owner included.
CREATE FUNCTION audit_entries_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  RAISE EXCEPTION 'The audit trail is append-only.' USING ERRCODE = '23001', CONSTRAINT = 'audit_entries_append_only';
END $$;
REVOKE ALL ON FUNCTION audit_entries_append_only() FROM PUBLIC;

CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_append_only();
