{{- /* Values that each are valid, and together or in this chart would not mean what they say. */ -}}

{{- /* Variables that the chart itself sets, by a variable or by a flag that goes before it; each with what to use. */ -}}
{{- define "cvmsg.ownVariables" -}}
CVMSG_RUN_LEASE_NAMESPACE: the namespace of the release
CVMSG_RUN_KUBERNETES: use gitSync.enabled
CVMSG_RUN_SOURCE: use gitSync.folder
CVMSG_RUN_NAMESPACE: use watch.namespaces
CVMSG_RUN_ROLE_BINDING: use watch.namespaces
CVMSG_RUN_SELECTOR: use watch.selector
CVMSG_RUN_HTTP_LISTEN: the port that the probes ask
CVMSG_RUN_PAGE_LISTEN: use page.enabled
CVMSG_LOG_FORMAT: json
CVMSG_STATE_DIR: the volume of gitSync.state
CVMSG_POLICY: use policy
CVMSG_NOTIFY_CONFIG: use notify.secretName
{{- end }}

{{- /* Variables that name a file, where the pod has none. */ -}}
{{- define "cvmsg.fileVariables" -}}
CVMSG_CONFIG: write the flags as variables of env
CVMSG_RUN_KUBECONFIG: the pods use their ServiceAccount
CVMSG_RUN_CONTEXT: the pods use their ServiceAccount
CVMSG_CREDENTIALS_FILE: put the keys into the Secret of credentials.secretName
{{- end }}

{{- define "cvmsg.checks" -}}
{{- $own := include "cvmsg.ownVariables" . | fromYaml }}
{{- $files := include "cvmsg.fileVariables" . | fromYaml }}
{{- range $name, $value := .Values.env }}
{{- with get $own $name }}
{{- fail (printf "env.%s: the chart sets this itself: %s; remove it" $name .) }}
{{- end }}
{{- with get $files $name }}
{{- fail (printf "env.%s: there is no such file in the pod: %s; remove it" $name .) }}
{{- end }}
{{- if regexMatch "^TENCENTCLOUD_(SECRET_ID|SECRET_KEY|([A-Z]+_)?TOKEN)$" $name }}
{{- fail (printf "env.%s: keys would stand in clear text in the Deployment: put them into the Secret of credentials.secretName; remove it" $name) }}
{{- end }}
{{- end }}
{{- range $name := list "app.kubernetes.io/name" "app.kubernetes.io/instance" }}
{{- if hasKey $.Values.podLabels $name }}
{{- fail (printf "podLabels: %s is a label by which the Deployment finds its pods; remove it" $name) }}
{{- end }}
{{- end }}
{{- range $name := list "kubectl.kubernetes.io/default-container" "checksum/policy" }}
{{- if hasKey $.Values.podAnnotations $name }}
{{- fail (printf "podAnnotations: %s is set by the chart; remove it" $name) }}
{{- end }}
{{- end }}
{{- if .Values.gitSync.enabled }}
{{- range $name := list "namespaces" "selector" }}
{{- if get $.Values.watch $name }}
{{- fail (printf "watch.%s: with gitSync no objects of the cluster are followed, but all of the repository; remove it, or narrow gitSync.folder" $name) }}
{{- end }}
{{- end }}
{{- if .Values.admission.enabled }}
{{- fail "admission.enabled: with gitSync no objects of the cluster are followed, so there is nothing to admit; remove it" }}
{{- end }}
{{- if regexMatch "://[^/@]*:[^/]*@" .Values.gitSync.repository }}
{{- fail "gitSync.repository: a password would stand in clear text in the Deployment: put it into the Secret of gitSync.secretName, as GITSYNC_USERNAME and GITSYNC_PASSWORD" }}
{{- end }}
{{- end }}
{{- end }}
