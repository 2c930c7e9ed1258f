-- The two-person rule where no code of the portal can get around it. Every refusal is a check violation (23514) that names its rule.
-- Triggers compare stored columns only, never the clock. What could be NULL is compared with IS DISTINCT FROM: a condition that is NULL refuses nothing.

CREATE FUNCTION removal_refuse(rule text, words text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  RAISE EXCEPTION '%', words USING ERRCODE = '23514', CONSTRAINT = rule;
END $$;

-- Approvals that count: of this request's own fingerprint (a foreign key sees to that), by distinct people (a unique index sees to that).
CREATE FUNCTION removal_approvals(request uuid) RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog, public AS $$
  SELECT count(*) FROM removal_decisions d JOIN removal_requests r ON r.id = d.request_id
  WHERE d.request_id = request AND d.verdict = 'approve' AND d.fingerprint = r.fingerprint AND d.decided_at < r.expires_at
$$;

CREATE FUNCTION removal_never_deleted() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM removal_refuse(TG_TABLE_NAME || '_never_deleted', 'What was requested, decided and done about removals is kept.');
  RETURN NULL;
END $$;

CREATE FUNCTION removal_requests_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  changing text[] := ARRAY['state', 'quorum_at', 'due_at', 'window_ends_at', 'ended_at', 'ended_by', 'ended_by_name', 'ended_reason'];
  policy jsonb;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'awaiting' OR NEW.ended_by IS NOT NULL THEN
      PERFORM removal_refuse('removal_requests_begin_awaiting', 'A request begins by awaiting approval.');
    END IF;
    IF NOT EXISTS (SELECT FROM people WHERE id = NEW.requester_id AND blocked_at IS NULL AND 'Operator' = ANY (roles)) THEN
      PERFORM removal_refuse('removal_requests_by_operator', 'Only an Operator who is not blocked requests removals.');
    END IF;
    IF NOT EXISTS (SELECT FROM connections WHERE id = NEW.connection_id AND person_id = NEW.requester_id
                   AND calendly_user_uri = NEW.acting_calendly_user AND organization_uri = NEW.organization_uri) THEN
      PERFORM removal_refuse('removal_requests_own_connection', 'A removal runs on the requester''s own connection.');
    END IF;
    IF EXISTS (SELECT FROM person_calendly_users WHERE person_id = NEW.requester_id AND calendly_user_uri <> ALL (NEW.requester_calendly_users)) THEN
      PERFORM removal_refuse('removal_requests_whole_identity', 'The request must name every Calendly user of its requester.');
    END IF;
    SELECT canonical::jsonb INTO policy FROM policy_versions WHERE hash = NEW.policy_hash;
    IF NEW.hold IS DISTINCT FROM make_interval(secs => (policy->>'holdSeconds')::int)
       OR NEW."window" IS DISTINCT FROM make_interval(secs => (policy->>'windowSeconds')::int)
       OR NEW.expires_at IS DISTINCT FROM NEW.filed_at + make_interval(secs => (policy->>'expirySeconds')::int)
       OR policy->>'largeRequest' IS NULL THEN
      PERFORM removal_refuse('removal_requests_by_policy', 'The clocks of a request come from its policy.');
    END IF;
    RETURN NEW;
  END IF;

  IF to_jsonb(NEW) - changing IS DISTINCT FROM to_jsonb(OLD) - changing THEN
    PERFORM removal_refuse('removal_requests_immutable', 'A request is never changed; changing one means filing a new one.');
  END IF;
  IF OLD.quorum_at IS NOT NULL AND (NEW.quorum_at, NEW.due_at, NEW.window_ends_at) IS DISTINCT FROM (OLD.quorum_at, OLD.due_at, OLD.window_ends_at) THEN
    PERFORM removal_refuse('removal_requests_clocks_fixed', 'The clocks of an approved request do not move.');
  END IF;
  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
       ('awaiting', 'approved'), ('awaiting', 'rejected'), ('awaiting', 'cancelled'), ('awaiting', 'expired'), ('awaiting', 'stale'),
       ('approved', 'executing'), ('approved', 'cancelled'), ('approved', 'expired'), ('executing', 'closed')) THEN
    PERFORM removal_refuse('removal_requests_transition', format('A removal request does not go from %s to %s.', OLD.state, NEW.state));
  END IF;
  IF OLD.state NOT IN ('awaiting', 'approved', 'executing') AND NEW IS DISTINCT FROM OLD THEN
    PERFORM removal_refuse('removal_requests_ended', 'A request that has ended stays as it is.');
  END IF;
  IF NEW.state IN ('approved', 'executing') AND (removal_approvals(NEW.id) < NEW.approvals_needed
     OR EXISTS (SELECT FROM removal_decisions WHERE request_id = NEW.id AND verdict = 'reject')) THEN
    PERFORM removal_refuse('removal_requests_approved', 'This request does not have the approvals it needs.');
  END IF;
  IF NEW.state = 'approved' AND OLD.state = 'awaiting'
     AND NEW.quorum_at IS DISTINCT FROM (SELECT max(decided_at) FROM removal_decisions WHERE request_id = NEW.id AND verdict = 'approve') THEN
    PERFORM removal_refuse('removal_requests_quorum_time', 'The hold starts with the last approval.');
  END IF;
  RETURN NEW;
END $$;

-- At commit: a request has ended only when all of its people have.
CREATE FUNCTION removal_requests_unfinished() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF NEW.state NOT IN ('awaiting', 'approved', 'executing')
     AND EXISTS (SELECT FROM removal_items WHERE request_id = NEW.id AND state IN ('pending', 'executing', 'attention')) THEN
    PERFORM removal_refuse('removal_requests_unfinished', 'A request is closed when its last item is.');
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION removal_items_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  fixed text[] := ARRAY['id', 'request_id', 'member_id', 'membership_uri', 'user_uri', 'name', 'email', 'role', 'note'];
  request removal_requests;
  col text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT * INTO request FROM removal_requests WHERE id = NEW.request_id;
    IF NEW.state <> 'pending' OR NEW.fence <> 0 OR NEW.claimed_at IS NOT NULL OR NEW.delete_sent_at IS NOT NULL OR NEW.read_back_at IS NOT NULL THEN
      PERFORM removal_refuse('removal_items_begin_pending', 'An item begins pending.');
    END IF;
    IF NEW.user_uri = ANY (request.requester_calendly_users) OR lower(NEW.email) = lower(request.requester_address) THEN
      PERFORM removal_refuse('removal_items_not_requester', 'Nobody requests their own removal.');
    END IF;
    IF NOT EXISTS (SELECT FROM members WHERE id = NEW.member_id AND uri = NEW.membership_uri AND user_uri = NEW.user_uri
                   AND organization_uri = request.organization_uri AND left_at IS NULL AND role = NEW.role AND email = NEW.email) THEN
      PERFORM removal_refuse('removal_items_are_members', 'Only a present member can be removed.');
    END IF;
    RETURN NEW;
  END IF;

  FOREACH col IN ARRAY fixed LOOP
    IF to_jsonb(NEW)->col IS DISTINCT FROM to_jsonb(OLD)->col THEN
      PERFORM removal_refuse('removal_items_immutable', 'What was approved about a person is never changed.');
    END IF;
  END LOOP;
  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
       ('pending', 'executing'), ('pending', 'left_out'), ('pending', 'rejected'), ('pending', 'cancelled'), ('pending', 'expired'), ('pending', 'stale'),
       ('executing', 'removed'), ('executing', 'already_gone'), ('executing', 'failed'), ('executing', 'stale'), ('executing', 'attention'),
       ('attention', 'executing'), ('attention', 'cancelled'), ('attention', 'expired')) THEN
    PERFORM removal_refuse('removal_items_transition', format('A removal item does not go from %s to %s.', OLD.state, NEW.state));
  END IF;
  IF OLD.finished_at IS NOT NULL AND (to_jsonb(NEW) - '{xmin}'::text[]) IS DISTINCT FROM to_jsonb(OLD) THEN
    PERFORM removal_refuse('removal_items_ended', 'An outcome is never changed.');
  END IF;
  IF OLD.delete_sent_at IS NOT NULL AND NEW.delete_sent_at IS DISTINCT FROM OLD.delete_sent_at THEN
    PERFORM removal_refuse('removal_items_sent_fixed', 'That a DELETE was sent is never forgotten.');
  END IF;
  IF OLD.impact_read_at IS NOT NULL
     AND (NEW.impact_read_at, NEW.impact_problem, NEW.upcoming_meetings, NEW.next_meeting_at, NEW.last_meeting_at, NEW.hosted_alone, NEW.event_types, NEW.webhooks, NEW.groups, NEW.groups_problem)
       IS DISTINCT FROM (OLD.impact_read_at, OLD.impact_problem, OLD.upcoming_meetings, OLD.next_meeting_at, OLD.last_meeting_at, OLD.hosted_alone, OLD.event_types, OLD.webhooks, OLD.groups, OLD.groups_problem) THEN
    PERFORM removal_refuse('removal_items_impact_frozen', 'The impact is frozen when it was first read.');
  END IF;
  IF NEW.fence < OLD.fence OR NEW.fence > OLD.fence + 1 THEN
    PERFORM removal_refuse('removal_items_fence', 'A claim raises the fence by one.');
  END IF;
  IF NEW.state = 'executing' AND (OLD.state <> 'executing' OR NEW.claimed_at IS DISTINCT FROM OLD.claimed_at) THEN
    IF NEW.fence <> OLD.fence + 1 THEN
      PERFORM removal_refuse('removal_items_fence', 'An item is claimed by one worker at a time.');
    END IF;
  END IF;

  -- Beginning to execute, and sending the DELETE, both need the whole rule. An item whose DELETE was sent is only reconciled by reading.
  IF (NEW.state = 'executing' AND OLD.state <> 'executing' AND NEW.delete_sent_at IS NULL)
     OR (NEW.delete_sent_at IS NOT NULL AND OLD.delete_sent_at IS NULL) THEN
    SELECT * INTO request FROM removal_requests WHERE id = NEW.request_id;
    IF request.state NOT IN ('approved', 'executing') OR removal_approvals(request.id) < request.approvals_needed THEN
      PERFORM removal_refuse('removal_items_approved', 'Nothing is executed without the approvals it needs.');
    END IF;
    IF EXISTS (SELECT FROM removal_decisions WHERE request_id = NEW.request_id AND NEW.id = ANY (left_out)) THEN
      PERFORM removal_refuse('removal_items_left_out', 'This person was left out by an approver.');
    END IF;
    IF NEW.claimed_at IS NULL OR NEW.claimed_at < request.due_at OR NEW.claimed_at >= request.window_ends_at
       OR NEW.delete_sent_at < NEW.claimed_at OR NEW.delete_sent_at >= request.window_ends_at THEN
      PERFORM removal_refuse('removal_items_in_window', 'A removal is carried out after its hold and inside its window.');
    END IF;
    IF EXISTS (SELECT FROM removal_switch WHERE paused_at IS NOT NULL) THEN
      PERFORM removal_refuse('removal_items_paused', 'Removals are paused.');
    END IF;
    IF request.ended_reason IS NOT NULL THEN
      PERFORM removal_refuse('removal_items_stopped', 'This request was stopped: nothing more is begun.');
    END IF;
  END IF;
  IF NEW.delete_sent_at IS NOT NULL AND OLD.delete_sent_at IS NULL AND NEW.state <> 'executing' THEN
    PERFORM removal_refuse('removal_items_sent_executing', 'A DELETE is sent only while executing.');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION removal_decisions_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  request removal_requests;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM removal_refuse('removal_decisions_immutable', 'A decision is never changed.');
  END IF;
  -- Decisions serialise on the request row.
  SELECT * INTO request FROM removal_requests WHERE id = NEW.request_id FOR UPDATE;
  IF request.id IS NULL THEN
    RETURN NEW; -- the foreign key refuses it
  END IF;
  IF request.state <> 'awaiting' OR EXISTS (SELECT FROM removal_decisions WHERE request_id = NEW.request_id AND verdict = 'reject') THEN
    PERFORM removal_refuse('removal_decisions_awaiting', 'This request no longer awaits a decision.');
  END IF;
  IF NEW.decided_at >= request.expires_at OR NEW.decided_at < request.filed_at THEN
    PERFORM removal_refuse('removal_decisions_in_time', 'This request has expired.');
  END IF;
  IF NOT EXISTS (SELECT FROM people WHERE id = NEW.approver_id AND blocked_at IS NULL AND 'Approver' = ANY (roles)) THEN
    PERFORM removal_refuse('removal_decisions_by_approver', 'Only an Approver who is not blocked decides.');
  END IF;
  IF EXISTS (SELECT FROM person_calendly_users WHERE person_id = NEW.approver_id AND calendly_user_uri <> ALL (NEW.approver_calendly_users)) THEN
    PERFORM removal_refuse('removal_decisions_whole_identity', 'The decision must name every Calendly user of its approver.');
  END IF;
  IF NOT EXISTS (SELECT FROM people WHERE id = NEW.approver_id AND address = NEW.approver_address) THEN
    PERFORM removal_refuse('removal_decisions_whole_identity', 'The decision must name the approver''s address.');
  END IF;
  IF EXISTS (SELECT FROM removal_items WHERE request_id = NEW.request_id
             AND (user_uri = ANY (NEW.approver_calendly_users) OR lower(email) = lower(NEW.approver_address))) THEN
    PERFORM removal_refuse('removal_decisions_not_about_oneself', 'Nobody decides on their own removal.');
  END IF;
  IF EXISTS (SELECT FROM removal_decisions WHERE request_id = NEW.request_id
             AND (approver_calendly_users && NEW.approver_calendly_users OR lower(approver_address) = lower(NEW.approver_address))) THEN
    PERFORM removal_refuse('removal_decisions_once', 'One human decides once.');
  END IF;
  IF EXISTS (SELECT FROM unnest(NEW.left_out) AS l (id) WHERE NOT EXISTS (SELECT FROM removal_items WHERE id = l.id AND request_id = NEW.request_id)) THEN
    PERFORM removal_refuse('removal_decisions_left_out', 'Only people of this request can be left out.');
  END IF;
  RETURN NEW;
END $$;

-- At commit: the people in the rows are exactly the people in the canonical bytes, and as many approvals are asked for as they need.
CREATE FUNCTION removal_items_match_canonical() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  request removal_requests;
  signed jsonb;
  policy jsonb;
  rows jsonb;
BEGIN
  IF TG_TABLE_NAME = 'removal_requests' THEN
    request := NEW;
  ELSE
    SELECT * INTO request FROM removal_requests WHERE id = NEW.request_id;
  END IF;
  signed := convert_from(request.canonical, 'UTF8')::jsonb;
  SELECT jsonb_agg(jsonb_build_object('membership', membership_uri, 'user', user_uri, 'email', email, 'role', role, 'note', note) ORDER BY membership_uri COLLATE "C")
    INTO rows FROM removal_items WHERE request_id = request.id;
  IF rows IS DISTINCT FROM signed->'items'
     OR signed->>'request' IS DISTINCT FROM request.id::text
     OR (signed->>'number')::int IS DISTINCT FROM request.number
     OR signed->>'organization' IS DISTINCT FROM request.organization_uri
     OR signed->'requester'->>'oid' IS DISTINCT FROM request.requester_object_id
     OR signed->'requester'->>'tid' IS DISTINCT FROM request.requester_tenant_id
     OR signed->>'actingUser' IS DISTINCT FROM request.acting_calendly_user
     OR signed->>'reason' IS DISTINCT FROM request.reason
     OR signed->>'ticket' IS DISTINCT FROM request.ticket
     OR (signed->>'approvalsNeeded')::int IS DISTINCT FROM request.approvals_needed
     OR (signed->>'notBefore')::timestamptz IS DISTINCT FROM request.not_before
     OR signed->>'policy' IS DISTINCT FROM encode(request.policy_hash, 'hex')
     OR signed->>'version' IS DISTINCT FROM '1' THEN
    PERFORM removal_refuse('removal_items_match_canonical', 'The rows of a request must be what its fingerprint covers.');
  END IF;
  SELECT canonical::jsonb INTO policy FROM policy_versions WHERE hash = request.policy_hash;
  IF request.approvals_needed < 2 AND (jsonb_array_length(rows) > (policy->>'largeRequest')::int
     OR EXISTS (SELECT FROM removal_items WHERE request_id = request.id AND role <> 'user')) THEN
    PERFORM removal_refuse('removal_requests_enough_approvals', 'This request needs two approvals.');
  END IF;
  RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION removal_refuse(text, text), removal_approvals(uuid), removal_never_deleted(), removal_requests_guard(),
  removal_requests_unfinished(), removal_items_guard(), removal_decisions_guard(), removal_items_match_canonical() FROM PUBLIC;
-- Called by the triggers in the name of whoever writes.
GRANT EXECUTE ON FUNCTION removal_refuse(text, text), removal_approvals(uuid) TO adminportal_app;

CREATE TRIGGER removal_requests_guard BEFORE INSERT OR UPDATE ON removal_requests FOR EACH ROW EXECUTE FUNCTION removal_requests_guard();
CREATE TRIGGER removal_items_guard BEFORE INSERT OR UPDATE ON removal_items FOR EACH ROW EXECUTE FUNCTION removal_items_guard();
CREATE TRIGGER removal_decisions_guard BEFORE INSERT OR UPDATE ON removal_decisions FOR EACH ROW EXECUTE FUNCTION removal_decisions_guard();
CREATE CONSTRAINT TRIGGER removal_requests_unfinished AFTER UPDATE OF state ON removal_requests DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION removal_requests_unfinished();
CREATE CONSTRAINT TRIGGER removal_requests_match_canonical AFTER INSERT ON removal_requests DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION removal_items_match_canonical();
CREATE CONSTRAINT TRIGGER removal_items_match_canonical AFTER INSERT ON removal_items DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION removal_items_match_canonical();
CREATE TRIGGER removal_requests_never_deleted BEFORE DELETE OR TRUNCATE ON removal_requests FOR EACH STATEMENT EXECUTE FUNCTION removal_never_deleted();
CREATE TRIGGER removal_items_never_deleted BEFORE DELETE OR TRUNCATE ON removal_items FOR EACH STATEMENT EXECUTE FUNCTION removal_never_deleted();
CREATE TRIGGER removal_decisions_never_deleted BEFORE DELETE OR TRUNCATE ON removal_decisions FOR EACH STATEMENT EXECUTE FUNCTION removal_never_deleted();

-- The one row of the switch.
INSERT INTO removal_switch (singleton) VALUES (true);
