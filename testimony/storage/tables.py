"""Imports every module that declares tables, so that the three schemas are complete. One line a module."""

from testimony.storage import account_guards as _account_guards
from testimony.storage import account_links as _account_links
from testimony.storage import accounts as _accounts
from testimony.storage import acts as _acts
from testimony.storage import alarm_rules as _alarm_rules
from testimony.storage import alarms as _alarms
from testimony.storage import bearings as _bearings
from testimony.storage import case_notes as _case_notes
from testimony.storage import case_populations as _case_populations
from testimony.storage import cases as _cases
from testimony.storage import consent_versions as _consent_versions
from testimony.storage import consents as _consents
from testimony.storage import contact_tasks as _contact_tasks
from testimony.storage import demand_offers as _demand_offers
from testimony.storage import demands as _demands
from testimony.storage import derivatives as _derivatives
from testimony.storage import disclosures as _disclosures
from testimony.storage import drafts as _drafts
from testimony.storage import earlier_accounts as _earlier_accounts
from testimony.storage import erasures as _erasures
from testimony.storage import findings as _findings
from testimony.storage import gate_changes as _gate_changes
from testimony.storage import grant_requests as _grant_requests
from testimony.storage import grants as _grants
from testimony.storage import holds as _holds
from testimony.storage import identities as _identities
from testimony.storage import identities_resealed as _identities_resealed
from testimony.storage import identity_limits as _identity_limits
from testimony.storage import identity_requests as _identity_requests
from testimony.storage import inbox as _inbox
from testimony.storage import incidents as _incidents
from testimony.storage import joint_acts as _joint_acts
from testimony.storage import lifts as _lifts
from testimony.storage import log as _log
from testimony.storage import log_pages as _log_pages
from testimony.storage import log_proofs as _log_proofs
from testimony.storage import log_queries as _log_queries
from testimony.storage import originals as _originals
from testimony.storage import originals_index as _originals_index
from testimony.storage import places as _places
from testimony.storage import recipient_files as _recipient_files
from testimony.storage import recipients as _recipients
from testimony.storage import redaction_drafts as _redaction_drafts
from testimony.storage import redaction_sets as _redaction_sets
from testimony.storage import redactions as _redactions
from testimony.storage import register as _register
from testimony.storage import register_pages as _register_pages
from testimony.storage import released_files as _released_files
from testimony.storage import releases as _releases
from testimony.storage import residual_details as _residual_details
from testimony.storage import room_queries as _room_queries
from testimony.storage import saved_filters as _saved_filters
from testimony.storage import saved_searches as _saved_searches
from testimony.storage import second_accounts as _second_accounts
from testimony.storage import second_renderings as _second_renderings
from testimony.storage import thresholds as _thresholds
from testimony.storage import withdrawals as _withdrawals
from testimony.storage import witness_words as _witness_words

MODULES = (
    _account_guards,
    _account_links,
    _accounts,
    _acts,
    _alarm_rules,
    _alarms,
    _bearings,
    _case_populations,
    _case_notes,
    _cases,
    _consent_versions,
    _consents,
    _demands,
    _derivatives,
    _contact_tasks,
    _demand_offers,
    _disclosures,
    _drafts,
    _earlier_accounts,
    _erasures,
    _findings,
    _gate_changes,
    _grant_requests,
    _grants,
    _holds,
    _identities,
    _identities_resealed,
    _identity_limits,
    _identity_requests,
    _inbox,
    _incidents,
    _joint_acts,
    _lifts,
    _log,
    _log_proofs,
    _log_pages,
    _log_queries,
    _originals,
    _originals_index,
    _places,
    _recipient_files,
    _recipients,
    _redaction_drafts,
    _redaction_sets,
    _redactions,
    _register,
    _register_pages,
    _released_files,
    _releases,
    _residual_details,
    _room_queries,
    _saved_filters,
    _saved_searches,
    _second_accounts,
    _second_renderings,
    _thresholds,
    _withdrawals,
    _witness_words,
)
