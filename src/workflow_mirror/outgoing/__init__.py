"""HTTP requests to URLs that users enter: of webhooks and heartbeats.

Only to public addresses by HTTPS, or to the networks of ZWM_WEBHOOK_NETWORKS; redirects are not
followed, and no request takes longer than `requests.SECONDS`.
"""
