//! The fault kinds of the report contract.

use serde::{Deserialize, Serialize};

macro_rules! fault_kinds {
    ($($variant:ident => $name:literal),* $(,)?) => {
        /// What sort of fault a hypothesis names. The names are part of the report contract;
        /// a playbook is finer than a kind.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the names are the field's own")]
        pub enum FaultKind { $(#[serde(rename = $name)] $variant),* }

        impl FaultKind {
            /// Every kind, in the contract's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The kind's name in the contract, e.g. `memory_exhaustion`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

fault_kinds! {
    MemoryExhaustion => "memory_exhaustion", CpuSaturation => "cpu_saturation", CpuThrottling => "cpu_throttling",
    DiskFull => "disk_full", NetworkDelay => "network_delay", NetworkLoss => "network_loss",
    NetworkPartition => "network_partition", NetworkPolicyBlock => "network_policy_block", DnsFailure => "dns_failure",
    ConnectionPoolExhaustion => "connection_pool_exhaustion", DependencyUnavailable => "dependency_unavailable",
    ConnectionRefused => "connection_refused", RateLimit => "rate_limit", TrafficSpike => "traffic_spike",
    ConfigError => "config_error", BadDeploy => "bad_deploy", ImagePull => "image_pull",
    MissingConfig => "missing_config", MissingSecret => "missing_secret", InvalidCredentials => "invalid_credentials",
    CertificateExpired => "certificate_expired", PermissionDenied => "permission_denied",
    ProbeMisconfig => "probe_misconfig", Unschedulable => "unschedulable", QuotaExceeded => "quota_exceeded",
    NodeFailure => "node_failure", NodeComponentDown => "node_component_down", ServiceMisroute => "service_misroute",
    PortConflict => "port_conflict", SlowQuery => "slow_query", LockContention => "lock_contention",
    ReplicationLag => "replication_lag", StorageVolume => "storage_volume", ReadonlyStorage => "readonly_storage",
    AppException => "app_exception", AppLogicError => "app_logic_error", CrashLoop => "crash_loop",
    JobFailure => "job_failure", Failover => "failover", ScaledToZero => "scaled_to_zero",
    CapacityLimit => "capacity_limit", ExpiredOrDeletedResource => "expired_or_deleted_resource",
    HumanError => "human_error", CacheMisconfig => "cache_misconfig", MessageLag => "message_lag",
    VersionIncompatibility => "version_incompatibility", KernelLimit => "kernel_limit",
    CloudProvider => "cloud_provider", ClockSkew => "clock_skew", DataCorruption => "data_corruption",
    FeatureFlag => "feature_flag", RetryStorm => "retry_storm", FdExhaustion => "fd_exhaustion",
    GcPressure => "gc_pressure",
}

impl std::fmt::Display for FaultKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
