//! The keys under which vendors state the same thing, surest first.

/// Objects that hold the alert itself.
pub(super) const CORES: [&str; 12] = [
    "alert",
    "alert_payload",
    "raw",
    "incident",
    "event",
    "data",
    "payload",
    "detail",
    "issue",
    "body",
    "message",
    "Message",
];

/// Objects that hold labels, surest first.
pub(super) const LABELS: [&str; 8] =
    ["labels", "commonLabels", "groupLabels", "tags", "dimensions", "details", "custom_details", "Trigger"];

/// Objects that hold annotations.
pub(super) const ANNOTATIONS: [&str; 3] = ["annotations", "commonAnnotations", "_annotations"];

/// Keys of an alert's title.
pub(super) const TITLE: [&str; 18] = [
    "alert_name",
    "title",
    "alert_title",
    "event_title",
    "AlarmName",
    "alarmName",
    "alertName",
    "trigger_summary",
    "culprit_title",
    "name",
    "alertname",
    "summary",
    "subject_line",
    "description_short",
    "message",
    "check_name",
    "monitor_name",
    "aggregation_key",
];

/// Keys of an alert's severity.
pub(super) const SEVERITY: [&str; 9] = [
    "severity",
    "Severity",
    "alert_priority",
    "priority",
    "urgency",
    "level",
    "alert_severity",
    "criticality",
    "alert_type",
];

/// Keys of the service an alert is about.
pub(super) static SERVICE: [&str; 30] = [
    "service",
    "service_name",
    "serviceName",
    "kube_service",
    "kube_deployment",
    "kube_stateful_set",
    "deployment",
    "statefulset",
    "daemonset",
    "workload_name",
    "app",
    "app_kubernetes_io_name",
    "application",
    "component",
    "subject_name",
    "pod",
    "pod_name",
    "kube_job",
    "job_name",
    "container",
    "container_name",
    "pipeline_name",
    "entity",
    "source_name",
    "FunctionName",
    "ServiceName",
    "DBInstanceIdentifier",
    "project",
    "host",
    "job",
];

/// How many of [`SERVICE`] name a service wherever they stand.
pub(super) const SURE: usize = 15;

/// Keys of the time an alert began.
pub(super) const START: [&str; 22] = [
    "startsAt",
    "starts_at",
    "started_at",
    "start_time",
    "startTime",
    "activeAt",
    "fired_at",
    "triggered_at",
    "occurred_at",
    "StateChangeTime",
    "stateChangeTime",
    "created_at",
    "createdAt",
    "timestamp",
    "datetime",
    "date",
    "time",
    "event_time",
    "first_seen",
    "firstSeen",
    "alert_time",
    "last_updated",
];

/// Keys of an alert's status.
pub(super) const STATUS: [&str; 8] =
    ["status", "state", "NewStateValue", "alert_transition", "event_action", "transition", "action", "alert_status"];
