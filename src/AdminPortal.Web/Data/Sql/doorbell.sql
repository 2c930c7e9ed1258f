-- The doorbell: every instance listens on one channel and re-reads the tables, which are the truth. The payload names the topic only.
-- For each row: a statement that changes nothing must not ring, or a worker that looks for work would wake itself for ever.
CREATE FUNCTION portal_doorbell() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM pg_notify('portal', TG_ARGV[0]);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION portal_doorbell() FROM PUBLIC;

CREATE TRIGGER doorbell AFTER INSERT OR UPDATE ON removal_requests FOR EACH ROW EXECUTE FUNCTION portal_doorbell('removals');
CREATE TRIGGER doorbell AFTER INSERT OR UPDATE ON removal_items FOR EACH ROW EXECUTE FUNCTION portal_doorbell('removals');
CREATE TRIGGER doorbell AFTER INSERT ON removal_decisions FOR EACH ROW EXECUTE FUNCTION portal_doorbell('removals');
CREATE TRIGGER doorbell AFTER UPDATE ON removal_switch FOR EACH ROW EXECUTE FUNCTION portal_doorbell('removals');
-- A sweep rings with every step, and while it reads once a second at most, however many pages that are. The lease tells the time: it moves with each page.
CREATE TRIGGER doorbell_new AFTER INSERT ON sweeps FOR EACH ROW EXECUTE FUNCTION portal_doorbell('directory');
CREATE TRIGGER doorbell AFTER UPDATE ON sweeps FOR EACH ROW
  WHEN ((OLD.state, OLD.phase, OLD.fence, floor(extract(epoch FROM OLD.lease_until))) IS DISTINCT FROM (NEW.state, NEW.phase, NEW.fence, floor(extract(epoch FROM NEW.lease_until))))
  EXECUTE FUNCTION portal_doorbell('directory');
CREATE TRIGGER doorbell AFTER INSERT OR UPDATE ON organization FOR EACH ROW EXECUTE FUNCTION portal_doorbell('directory');
CREATE TRIGGER doorbell AFTER INSERT OR UPDATE ON invitations FOR EACH ROW EXECUTE FUNCTION portal_doorbell('invitations');
CREATE TRIGGER doorbell AFTER INSERT OR UPDATE ON invitation_sends FOR EACH ROW EXECUTE FUNCTION portal_doorbell('invitations');
-- Changes come by the thousand: one ring a statement, if it has changed anything.
CREATE FUNCTION portal_doorbell_some() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF EXISTS (SELECT FROM touched) THEN PERFORM pg_notify('portal', TG_ARGV[0]); END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION portal_doorbell_some() FROM PUBLIC;
CREATE TRIGGER doorbell_new AFTER INSERT ON changes REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION portal_doorbell_some('changes');
CREATE TRIGGER doorbell AFTER UPDATE ON changes REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION portal_doorbell_some('changes');
-- What is read of the activity log rings the sweeps when it brings news, and the list of changes when it can be read or no longer.
CREATE TRIGGER doorbell_news AFTER UPDATE OF news_at ON activity_feed FOR EACH ROW
  WHEN (NEW.news_at IS NOT NULL AND OLD.news_at IS DISTINCT FROM NEW.news_at) EXECUTE FUNCTION portal_doorbell('directory');
CREATE TRIGGER doorbell AFTER UPDATE OF state ON activity_feed FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION portal_doorbell('changes');
-- A connection rings when people see it changed, not with every use.
CREATE TRIGGER doorbell_new AFTER INSERT ON connections FOR EACH ROW EXECUTE FUNCTION portal_doorbell('connections');
CREATE TRIGGER doorbell AFTER UPDATE OF state, problem, kind, connected_at, calendly_role, scopes, unknown_scopes ON connections FOR EACH ROW
  WHEN ((OLD.state, OLD.problem, OLD.kind, OLD.connected_at, OLD.calendly_role, OLD.scopes, OLD.unknown_scopes)
    IS DISTINCT FROM (NEW.state, NEW.problem, NEW.kind, NEW.connected_at, NEW.calendly_role, NEW.scopes, NEW.unknown_scopes)) EXECUTE FUNCTION portal_doorbell('connections');
-- A person rings when their rights change, not with every sign-in; a session when it ends.
CREATE TRIGGER doorbell AFTER UPDATE OF roles, blocked_at ON people FOR EACH ROW
  WHEN ((OLD.roles, OLD.blocked_at) IS DISTINCT FROM (NEW.roles, NEW.blocked_at)) EXECUTE FUNCTION portal_doorbell('people');
CREATE TRIGGER doorbell AFTER UPDATE OF ended_at ON sessions FOR EACH ROW
  WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at) EXECUTE FUNCTION portal_doorbell('people');
-- What is left of a budget rings every five seconds at most, not with every answer.
CREATE TRIGGER doorbell AFTER UPDATE OF measured_at ON request_budgets FOR EACH ROW
  WHEN (floor(extract(epoch FROM OLD.measured_at) / 5) IS DISTINCT FROM floor(extract(epoch FROM NEW.measured_at) / 5))
  EXECUTE FUNCTION portal_doorbell('budget');
