{{- define "kotae.name" -}}
{{- printf "%s-kotae" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{- define "kotae.labels" -}}
app.kubernetes.io/name: kotae
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "kotae.selector" -}}
app.kubernetes.io/name: kotae
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* What is the same in the spec of every pod: who it runs as, where, and its volumes. */}}
{{- define "kotae.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 45
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
affinity:
  podAffinity:
    # The volume is on one node at a time: where one pod of this release is, all are.
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels: {{- include "kotae.selector" . | nindent 12 }}
volumes:
  - name: data
    persistentVolumeClaim:
      claimName: {{ .Values.persistence.existingClaim | default (include "kotae.name" .) }}
  - name: config
    configMap:
      name: {{ include "kotae.name" . }}
  - name: tmp
    emptyDir: {sizeLimit: 4Gi}
{{- with .Values.documents.existingClaim }}
  - name: documents
    persistentVolumeClaim:
      claimName: {{ . }}
      readOnly: true
{{- end }}
{{- end }}

{{/* What is the same in every container: the image, the settings, the mounts. */}}
{{- define "kotae.container" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
env:
  {{- range $name, $value := .Values.settings }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
  # A folder below the mount: Kubernetes opens the mount itself to the group of the pod.
  - {name: DATA_DIR, value: /data/kotae}
  {{- if ne .Values.mode "oauth" }}
  - {name: KNOWLEDGE_CONFIG, value: /config/knowledge.toml}
  {{- end }}
  - {name: PORT, value: "3000"}
  - {name: WORKER_PORT, value: "3000"}
  - {name: METRICS_PORT, value: "3001"}
  # Probes come from the node, so the address of the pod is listened on; the NetworkPolicy says who
  # else reaches it.
  - {name: HOST, value: 0.0.0.0}
  - {name: METRICS_HOST, value: 0.0.0.0}
envFrom:
  - secretRef:
      name: {{ .Values.secretName }}
volumeMounts:
  - {name: data, mountPath: /data}
  - {name: config, mountPath: /config, readOnly: true}
  - {name: tmp, mountPath: /tmp}
{{- if .Values.documents.existingClaim }}
  - {name: documents, mountPath: /documents, readOnly: true}
{{- end }}
{{- end }}

{{/* Probes of a container whose readiness is told on the named port. */}}
{{- define "kotae.probes" -}}
startupProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 5
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 20
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: {{ . }}}
  periodSeconds: 15
  timeoutSeconds: 10
  failureThreshold: 4
{{- end }}
