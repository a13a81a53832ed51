"""The words of the domain, the same in code, tables, API and screens (DOMAIN.md, *Words*).

Values are what the API and the tables carry; what people read for them is the pages' matter.
"""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """环节: where the loop stands."""

    ACCEPT = "accept"
    ASSIGN = "assign"
    HANDLE = "handle"
    FEEDBACK = "feedback"
    EVALUATE = "evaluate"
    CLOSED = "closed"


OPEN_STAGES = frozenset(stage for stage in Stage if stage is not Stage.CLOSED)


class Status(StrEnum):
    """What an appeal waits for just now; derived, never stored as the truth."""

    OPEN = "open"
    WAITING_ENTERPRISE = "waiting_enterprise"
    WAITING_OUTSIDE = "waiting_outside"
    PARKED = "parked"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How an appeal ended. The handler claims it; the return visit decides whether it counts as solved."""

    SOLVED = "solved"
    PARTLY_SOLVED = "partly_solved"
    NOT_SOLVABLE = "not_solvable"
    NOT_OURS = "not_ours"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"


class Channel(StrEnum):
    """渠道: how an appeal came in."""

    WEB = "web"
    MOBILE = "mobile"
    WINDOW = "window"
    ALERT_110 = "alert_110"
    COMPLAINT_12389 = "complaint_12389"
    HOTLINE_12345 = "hotline_12345"
    LIAISON = "liaison"
    WHISTLE = "whistle"
    SYSTEM = "system"


#: Channels on which a caller may not know the enterprise's code yet.
ANONYMOUS_CHANNELS = frozenset({Channel.ALERT_110, Channel.HOTLINE_12345})


class Tier(StrEnum):
    """企业分层: a set of marks; an ordinary enterprise has none."""

    SCALED = "scaled"
    KEY = "key"
    PUBLIC = "public"
    PROJECT = "project"


class Role(StrEnum):
    """What an account may be; the relation to the appeal decides the rest."""

    ENTERPRISE = "enterprise"
    SYSTEM = "system"
    WINDOW = "window"
    DISPATCHER = "dispatcher"
    HANDLER = "handler"
    LEADER = "leader"
    SUPERVISOR = "supervisor"
    VISITOR = "visitor"
    DUTY = "duty"
    INSPECTOR = "inspector"
    ADMIN = "admin"


#: Roles of people inside the police, who may read every appeal but secret ones.
STAFF_ROLES = frozenset(
    {
        Role.WINDOW,
        Role.DISPATCHER,
        Role.HANDLER,
        Role.LEADER,
        Role.SUPERVISOR,
        Role.VISITOR,
        Role.DUTY,
        Role.INSPECTOR,
        Role.ADMIN,
    },
)


class UnitKind(StrEnum):
    """单位类别: a node of the organisation tree."""

    CITY = "city"
    BRANCH = "branch"
    STATION = "station"
    DETACHMENT = "detachment"
    LIAISON = "liaison"
    OUTSIDE = "outside"


class Action(StrEnum):
    """Every move on an appeal, by a person, an outside body or the system itself."""

    SUBMIT = "submit"
    ACCEPT = "accept"
    REQUEST_SUPPLEMENT = "request_supplement"
    SUPPLEMENT = "supplement"
    REJECT = "reject"
    MERGE = "merge"
    WITHDRAW = "withdraw"
    ADD_INFORMATION = "add_information"
    SET_URGENCY = "set_urgency"
    CHANGE_SERVICE = "change_service"
    ASSIGN = "assign"
    SIGN = "sign"
    RETURN_ASSIGNMENT = "return_assignment"
    NAME_FINAL_OWNER = "name_final_owner"
    REASSIGN = "reassign"
    COMPLETE_STEP = "complete_step"
    NOTE = "note"
    ASK_COOPERATION = "ask_cooperation"
    ANSWER_COOPERATION = "answer_cooperation"
    REFUSE_COOPERATION = "refuse_cooperation"
    REQUEST_EXTENSION = "request_extension"
    DECIDE_EXTENSION = "decide_extension"
    PAUSE = "pause"
    RESUME = "resume"
    PARK = "park"
    APPROVE_PARK = "approve_park"
    SUBMIT_RESULT = "submit_result"
    REVIEW = "review"
    SEND_ANSWER = "send_answer"
    CONFIRM_RECEIPT = "confirm_receipt"
    RATE = "rate"
    RECORD_VISIT = "record_visit"
    CLOSE_UNREACHABLE = "close_unreachable"
    TRANSFER = "transfer"
    TRANSFER_RECEIPT = "transfer_receipt"
    TRANSFER_REFUSED = "transfer_refused"
    TRANSFER_REPLY = "transfer_reply"
    RECALL_TRANSFER = "recall_transfer"
    SUPERVISE = "supervise"
    LIFT = "lift"
    DECIDE_ROUND = "decide_round"
    CORRECT = "correct"
    MIGRATE_POLICY = "migrate_policy"
    ACKNOWLEDGE = "acknowledge"
    HAND_OVER = "hand_over"
    RAISE = "raise"
    END = "end"
    # The system's own entries, written when a moment of a clock comes.
    RUNG = "rung"
    ESCALATE = "escalate"
    LAPSE = "lapse"
    PAUSE_ENDED = "pause_ended"
    LEASE_ENDED = "lease_ended"


SYSTEM_ACTIONS = frozenset(
    {Action.SUBMIT, Action.RUNG, Action.ESCALATE, Action.LAPSE, Action.PAUSE_ENDED, Action.LEASE_ENDED},
)


class Effect(StrEnum):
    """What a move does to one clock; a clock that a move does not name is kept."""

    START = "start"
    START_PAUSED = "start_paused"
    PAUSE = "pause"
    RESUME = "resume"
    MEET = "meet"
    STOP = "stop"
    RESTART = "restart"
    EXTEND = "extend"
    REMEASURE = "remeasure"
    REFIT = "refit"
    BEGIN = "begin"
    FOLLOW = "follow"
    FOLLOW_PAUSED = "follow_paused"


class Cause(StrEnum):
    """Why a clock is paused; a clock runs again when its last open cause ends."""

    SUPPLEMENT = "supplement"
    TRANSFER = "transfer"
    PAUSE = "pause"
    PARK = "park"
    INSPECTION = "inspection"


class PauseReason(StrEnum):
    """The closed list of reasons for a pause by hand."""

    AWAITING_ENTERPRISE = "awaiting_enterprise"
    AWAITING_THIRD_PARTY = "awaiting_third_party"
    FORCE_MAJEURE = "force_majeure"
    JUDICIAL_PROCEEDING = "judicial_proceeding"


class VisitResult(StrEnum):
    """回访结果."""

    SATISFIED = "satisfied"
    DISSATISFIED = "dissatisfied"
    UNREACHABLE = "unreachable"


class StepStatus(StrEnum):
    """Where a step of a procedure stands; a step never opened is ``waiting``."""

    WAITING = "waiting"
    ACTIVE = "active"
    DONE = "done"


class EscalationState(StrEnum):
    """升级督办状态."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ENDED = "ended"


class Method(StrEnum):
    """How the written answer reached the enterprise."""

    PHONE = "phone"
    SMS = "sms"
    LETTER = "letter"
    ONLINE = "online"
    IN_PERSON = "in_person"
