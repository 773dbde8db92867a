//go:build tools

// Package helm pins Helm, which judges the chart. It is a module of its own, so that neither changes what the other is built from.
package helm

import _ "helm.sh/helm/v4/cmd/helm"
