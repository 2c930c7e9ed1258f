-- Least grants for the serving process. It owns nothing, deletes nothing that is evidence, and cannot change the trail.
GRANT USAGE ON SCHEMA public TO adminportal_app;
GRANT SELECT, INSERT ON audit_entries, removal_decisions, policy_versions, person_calendly_users, data_protection_keys TO adminportal_app;
GRANT SELECT, INSERT, UPDATE ON people, organization, connections, request_budgets, sweeps, changes, activity_feed, members, invitations, invitation_sends, removal_requests, removal_items TO adminportal_app;
GRANT SELECT, UPDATE ON removal_switch TO adminportal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, saved_views, column_choices, oauth_attempts, grant_revocations, staged_memberships, staged_pages, staged_invitations, sweep_suspects, logged_deeds,
  member_map, member_blocks, member_windows, member_unmapped TO adminportal_app;
GRANT SELECT ON "__EFMigrationsHistory" TO adminportal_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO adminportal_app;
