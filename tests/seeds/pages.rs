//! Two pages of our own with the same faults as the published reports, over our own fixtures.

/// Over `fixtures/incidents/memory-leak-after-deploy.txt`.
pub const ONE: &str = "\
# basket-svc crash loop

Written 6/2/2026, 10:05:11 PM

## Summary

basket-svc pods die of memory after v3.7 and p99 latency got worse. SEV1.

## Severity

Basket success rate >1% (3.2% errors) for >5 min, revenue path broken, meets SEV1.

## Hypotheses

1. The response cache of v3.7 grows without a bound and fills the memory.
2. The limit of 512Mi is too small for the cache. Evidence: stable at 200Mi before, so it's not a limit problem but a leak.
3. A dependency leaks connections.

Evidence: No connection pool errors in logs.

## Checklist

    kubectl top pod -n shop -l app=basket-svc
Expected: pods that were killed show 0 memory.

    kubectl exec -n shop -l app=basket-svc -- sh -c 'curl -s localhost:6060/debug/pprof/heap | head'
Expected: the Map is on top.

    kubectl rollout history deployment/basket-svc -n shop --revision=3 | grep -i cache
Expected: the line 'added an in-process response cache'

    kubectl exec -n shop -l app=basket-svc -- sh -c 'while true; do cat /sys/fs/cgroup/memory/memory.usage_in_bytes; sleep 60; done'
Expected: it goes up by 1 Mi per minute.

    kubectl logs -n shop -l app=basket-svc --since=1h | grep -c request
Expected: the number of requests per minute.

## Mitigation plan

- Roll basket-svc back to v3.6.
- Risk: brief downtime while pods are replaced. Safe operation.
- Increase the memory limit to 1Gi to buy time.
- Scale up the HPA to 16 replicas.

## Customer impact

About 25% of basket requests are failing. Users see 'Basket not available' messages. About 3% of all users are affected. No data loss. ETA for recovery: 30 minutes after the rollback.

# Postmortem

## Summary

[FILL IN]

## Timeline (UTC)

- 04:00 - v3.7 went out
- 09:12 - first pod killed
- 09:14 - page
- 09:16 - incident declared; success rate drops to 96.8%
- [FILL IN] - rollback begun

## Detection

Alerting on killed pods.

## Response

- Rolled back to v3.6
- Increased the memory limit for a while

## What went well

- Quick detection by the monitoring

## What went poorly

- No memory limit tests before the deploy

## Action items

- [FILL IN]

## Follow-ups

- P0 Bound the cache before it is switched on again. Owner: service owner
";

/// Over `fixtures/incidents/equal-stamps.txt`.
pub const TWO: &str = "\
# Billing outage

## Executive summary

The outage was triggered by billing-worker running out of memory, which led to a cascade. The billing-worker ran out of memory, causing it to fail taking the invoice lock in Redis.

## Root cause

Memory exhaustion in billing-worker

Confidence: 90%. Severity: P1.

## Affected services

| name | role | health | impact |
| --- | --- | --- | --- |
| billing-worker | worker | down | out of memory |
| session-cache | cache | degraded | cannot take invoice lock |

## Timeline

- 18:44:05 <ul style=\"x\">catalog-api pool acquire waited 2.1s
- 18:44:05 billing-worker out of memory

## Fix recommendations

Raise the memory of billing-worker.

    kubectl patch deployment billing-worker -p '{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"billing-worker\",\"resources\":{\"limits\":{\"memory\":\"1Gi\"}}}]}}}}'

- Action: Set up alerts for memory usage.
- Action: Conduct a review of the code.

## Forensic report

Patient zero (18:44:05): out of memory in billing-worker

Propagation path: billing-worker → catalog-api → session-cache → edge

Blast radius (4 entities):

Trigger hypothesis (80% confidence): a memory leak in billing-worker.

Mean time to detection (MTTD): 0 minutes

## The 5 whys

Why #1: Why did users see errors? Memory exhaustion in billing-worker took the invoices down for everyone.

Why #2: Why then? It was there before users felt it, but nothing paged the on-call early enough.

Why #3: Why no guard? The guard was absent because the monitoring setup lacked alerts per service and relied on generic thresholds.

Why #4: This is possible due to the organizational oversight in not implementing thresholds per service, which would have shown the growth of the worker in time.

Systemic root cause: This is possible due to the organizational oversight in not implementing thresholds per service, which would have shown the growth of the worker in time.

Counter-factual: Thresholds would have prevented all of it by early remediation of the memory leak.

## Agent reasoning trail

I will look at everything, then test the strongest signal.

Saw 14 log lines across 4 services. Level mix: {'ERROR': 13, 'WARN': 6, 'FATAL': 2}. Signal keywords: ['memory', 'exhausted'].

First: 2026-01-20T18:44:05.310Z (ERROR). Last: 2026-01-20T18:44:05.311Z (ERROR).

Strongest signal looks like 'exhausted'. Searching for it to confirm it.

Invoking search_logs(pattern='exhausted', limit='5').

2 matching line(s) for `exhausted`.

Invoking trace_origin().

{'event': {'level': 'ERROR', 'text': 'catalog-api Postgres pool acquire waited 2....

Invoking compute_blast_radius(roles=\"{gateway: ['edge'], 'worker': ['billing-...'], more='{services: ['edge'...'})

Blast radius: 5 entities. Trigger: resource exhaustion (60% confidence).

Self-check passed. The analysis is grounded.
";
