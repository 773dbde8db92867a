{{- define "cvmsg.name" -}}
{{- if contains "cvmsg" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-cvmsg" .Release.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "cvmsg.selector" -}}
app.kubernetes.io/name: cvmsg
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "cvmsg.labels" -}}
{{ include "cvmsg.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "cvmsg.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "cvmsg.name" .) }}
{{- end }}

{{- /* An emptyDir is open to everybody: the state gets a folder of its own in it. */ -}}
{{- define "cvmsg.stateDir" -}}
/var/lib/cvmsg{{ if eq (toString .Values.gitSync.state.size) "0" }}/state{{ end }}
{{- end }}

{{- define "cvmsg.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- /* What the controller may do with the bindings, in all namespaces or in each of a list. */ -}}
{{- define "cvmsg.rules" -}}
- apiGroups: [cvmsg.dev]
  resources: [cvmsecuritygroupbindings]
  verbs: [get, list, watch]
- apiGroups: [cvmsg.dev]
  resources: [cvmsecuritygroupbindings]
  verbs: [patch]
- apiGroups: [cvmsg.dev]
  resources: [cvmsecuritygroupbindings/status]
  verbs: [patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}
