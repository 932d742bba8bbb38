"""Requests over HTTP: endpoint, transport, retries, exchange, responses, streams, raw calls, worker pool."""
