/** Los textos en español de las tablas del protocolo. */

import type { ProtocolText } from './protocol.en.ts';

const rechaza = 'Rechaza la llamada.';
const vuelve = 'Vuelve en la respuesta.';
const deLaPeticion = 'El de la petición.';
const topico = 'El tópico.';
const deLaSuscripcion = 'El tópico de la suscripción.';
const aliasDelTopico = 'El alias del tópico, recibido en subscribed.';
const epocaActual = 'La época actual del tópico.';
const nivelElegido = 'El nivel de frecuencia elegido; falta si no se pidió ninguno.';
const talCual = 'Tal como se publicó.';
const frase = 'Una frase para personas.';
const repetible = 'Vuelve a enviar la publicación con su messageId al cabo de un rato; rechaza las demás llamadas.';

export const es: ProtocolText = {
  labels: {
    field: 'Campo',
    type: 'Tipo',
    position: 'Posición',
    meaning: 'Significado',
    optional: 'opcional',
    jsonOnly: 'solo JSON',
    msgpackOnly: 'solo MessagePack',
    number: 'Número en MessagePack',
    code: 'Código',
    fault: 'De quién es el fallo',
    retry: '¿Sirve reintentar?',
    clientDoes: 'Qué hace el cliente de referencia',
    reconnect: 'Después',
    limit: 'Límite',
    default: 'Valor por defecto',
    atBound: 'Al alcanzarlo',
    yes: 'sí',
    no: 'no',
    faults: { client: 'del cliente', gateway: 'del gateway' },
    policies: {
      stop: 'no reconectar sin cambiar nada',
      'back-off': 'esperar y reconectar',
      window: 'reconectar dentro del plazo indicado',
    },
  },
  fields: {
    setup: {
      protocol: 'La versión del protocolo que habla el cliente: 1.',
      token: 'Demuestra quién es el cliente. 8.192 caracteres como máximo.',
      client: 'Nombre y versión propios del cliente; nada depende de ellos. De 1 a 64 caracteres cada uno.',
      topics: 'Tópicos a los que suscribirse nada más empezar. 128 como máximo.',
      resume: 'La sesión que se reanuda: los campos de resume sin id.',
    },
    subscribe: {
      id: vuelve,
      topic: 'El tópico al que suscribirse.',
      mode: 'Qué necesita el suscriptor; si falta, stream.',
      from: 'Dónde empieza la suscripción; si falta, en la cabeza.',
      onGap: 'Qué hacer si la posición de from no está anclada; si falta, live.',
      maxRateHz: 'Cuántas veces por segundo se puede enviar algo, de 0,1 a 1.000; para latest y keyed.',
      confirmWindow: 'Cuántos mensajes se pueden enviar más allá del último confirmado, de 1 a 10.000; para stream.',
      checksum: 'Si se quiere la suma de verificación.',
    },
    unsubscribe: { id: vuelve, topic: deLaSuscripcion },
    publish: {
      id: vuelve,
      topic: 'El tópico en el que publicar.',
      messageId: 'Nombra el mensaje; es el mismo en cada reintento.',
      payload: 'El mensaje en sí: cualquier valor JSON.',
      key: 'De qué es el mensaje el estado más reciente. De 1 a 128 caracteres.',
      ref: 'El messageId de un mensaje anterior al que este se refiere.',
      expectSeqNo: 'El mensaje solo se guarda si la cabeza del tópico tiene este seqNo.',
      ttlMs: 'Durante cuántos milisegundos desde su time tiene sentido el mensaje.',
      signature:
        'La firma del publicador: alg de 1 a 16 caracteres, keyId como un messageId, value de 1 a 1.024 caracteres.',
      publisher: 'Por quién publica un gateway: el dueño del messageId. Hasta 160 caracteres; solo para gateways.',
      by: 'A quién se nombra como publicador, de 1 a 64 caracteres; solo para gateways.',
    },
    confirm: { topic: deLaSuscripcion, seqNo: 'El último mensaje ya tratado.' },
    replay: {
      id: vuelve,
      topic: deLaSuscripcion,
      fromSeqNo: 'Se piden los mensajes posteriores a este.',
      toSeqNo: 'El último mensaje que se pide; si falta, la cabeza.',
    },
    resume: {
      id: vuelve,
      sessionId: 'La sesión, tal como la nombró ready.',
      resumeKey: 'El secreto de la sesión, el último que se entregó.',
      subscriptions: 'A qué suscribirse: los campos de subscribe sin id. 1.000 como máximo.',
    },
    presence: {
      id: vuelve,
      topic: 'El tópico en el que estar presente.',
      action: 'Qué hace la sesión.',
      data: 'Lo que la sesión muestra a los demás: cualquier valor JSON.',
    },
    refresh: { id: vuelve, token: 'El token nuevo, del mismo usuario. 8.192 caracteres como máximo.' },
    modify: {
      id: vuelve,
      topic: deLaSuscripcion,
      maxRateHz: 'La frecuencia nueva, de 0,1 a 1.000 por segundo; si falta, deja de haber límite.',
    },
    pong: { time: 'La hora del ping al que responde.' },
    read: {
      id: vuelve,
      topic: 'El tópico que se lee.',
      from: 'Qué se lee y desde dónde.',
      limit: 'Cuántos mensajes como máximo, hasta 1.000; 100 si falta. Para after y posiciones.',
    },
    ready: {
      sessionId: 'Nombra esta sesión.',
      gateway: 'El nombre del gateway.',
      time: 'La hora del reloj del gateway.',
      heartbeatMs: 'Milisegundos de silencio tras los que el gateway envía un ping.',
      limits: 'Los límites que el cliente debe respetar.',
      durability: 'A qué sobrevive un mensaje confirmado.',
      retention: 'Cuántos mensajes de un tópico se conservan.',
      dedupWindowMs: 'Durante cuántos milisegundos se recuerda un messageId.',
      resumeKey: 'El secreto con el que esta sesión continúa en otra conexión.',
      expiresAt: 'Cuándo caduca el token; falta si no caduca.',
    },
    subscribed: {
      id: 'El de la petición; falta en los tópicos nombrados en setup o en resume.',
      topic: topico,
      alias: 'Representa al tópico en las tramas compartidas de MessagePack.',
      epoch: epocaActual,
      seqNo: 'A partir de aquí siguen los mensajes posteriores a este.',
      messageId: 'El mensaje que está en seqNo, si se conoce.',
      recovered: 'En qué quedó lo pedido en from.',
      headSeqNo: 'La cabeza del tópico; 0 si aún no tiene mensajes.',
      maxRateHz: nivelElegido,
      checksum: 'La suma de verificación del tópico en headSeqNo, si se pidió.',
    },
    unsubscribed: {
      id: 'El de la petición; falta si fue el gateway quien terminó la suscripción.',
      topic: topico,
      reason: 'Por qué terminó.',
      why: 'Con closed: por qué ha terminado el tópico, en una frase para personas.',
    },
    ack: {
      id: deLaPeticion,
      messageId: 'El del mensaje.',
      status: 'Si el mensaje lo guardó esta publicación o una anterior.',
      epoch: 'La época en la que está.',
      seqNo: 'Su lugar.',
    },
    message: {
      topic: topico,
      alias: aliasDelTopico,
      seqNo: 'El lugar del mensaje.',
      prevSeqNo: 'El lugar del mensaje anterior; 0 en el primero.',
      messageId: 'El nombre que el publicador dio al mensaje.',
      time: 'Cuándo se guardó el mensaje.',
      data: 'El contenido, tal como se publicó.',
      key: talCual,
      ref: talCual,
      by: 'Quién lo publicó, si el gateway lo dice.',
      ttlMs: talCual,
      signature: talCual,
    },
    snapshot: {
      topic: topico,
      alias: aliasDelTopico,
      seqNo: 'La posición hasta la que el estado está completo.',
      entries: 'Los mensajes, del más antiguo al más reciente.',
      last: 'Si esta es la última parte.',
    },
    head: {
      topic: topico,
      alias: aliasDelTopico,
      epoch: epocaActual,
      seqNo: 'La cabeza del tópico.',
      checksum: 'La suma de verificación del tópico en seqNo, si algún suscriptor la pidió.',
    },
    health: {
      topic: topico,
      alias: aliasDelTopico,
      state: 'Cómo está el tópico.',
      lagMs: 'Cuánto retraso lleva o, con stale, cuánto lleva callada su fuente, en milisegundos.',
    },
    live: {
      id: 'El de replay; falta después de subscribed.',
      topic: topico,
      seqNo: 'El último mensaje enviado para la petición.',
      checksum: 'La suma de lo que aportan estos mensajes, si se pidió la suma de verificación.',
    },
    lagged: {
      topic: topico,
      fromSeqNo: 'El último mensaje entregado.',
      toSeqNo: 'La cabeza del tópico.',
      why: frase,
    },
    error: {
      id: 'El de la petición, si traía uno utilizable.',
      code: 'Qué falló, según la lista de la sección 6.',
      message: 'Una frase para personas que nombra qué estaba mal.',
      retry: 'Si la misma petición puede tener éxito más tarde.',
      afterMs: 'Cuántos milisegundos esperar antes de reintentar.',
      topic: 'El tópico al que se refiere.',
    },
    ping: { time: 'La hora del reloj del gateway.' },
    goodbye: {
      code: 'El código de cierre que sigue.',
      reason: frase,
      reconnectMinMs: 'La espera mínima antes de reconectar.',
      reconnectMaxMs: 'La espera máxima antes de reconectar.',
    },
    resumed: {
      id: deLaPeticion,
      sessionId: 'La sesión que continúa.',
      resumeKey: 'El nuevo secreto de la sesión.',
    },
    refreshed: { id: deLaPeticion, expiresAt: 'Cuándo caduca el token nuevo; falta si no caduca.' },
    modified: { id: deLaPeticion, topic: topico, maxRateHz: nivelElegido },
    page: {
      id: deLaPeticion,
      topic: topico,
      epoch: 'La época del tópico.',
      seqNo: 'Dónde empiezan los mensajes, o la cabeza hasta la que el estado está completo.',
      messageId: 'El mensaje en seqNo, si se conoce alguno.',
      anchored: 'Si la posición pedida está anclada; solo si se pidió una.',
      entries: 'Mensajes, del más antiguo al más reciente.',
      last: 'Si es la última parte de la respuesta.',
    },
  },
  errors: {
    MALFORMED_FRAME: {
      meaning: 'La trama no es texto JSON, o no es un array MessagePack, como pide el subprotocolo.',
      client: 'Lo notifica; la trama no se reenvía.',
    },
    UNKNOWN_TYPE: { meaning: 'No existe esa trama de cliente.', client: 'Lo notifica.' },
    INVALID_FIELD: {
      meaning: 'Falta un campo o su valor no está permitido; el mensaje nombra el campo.',
      client: rechaza,
    },
    FRAME_TOO_LARGE: { meaning: 'La trama tiene más bytes que frameBytesMax.', client: rechaza },
    SETUP_REQUIRED: {
      meaning: 'Llegó una trama antes de que se aceptara setup.',
      client: 'Nunca ocurre: espera a ready.',
    },
    ALREADY_SET_UP: {
      meaning: 'Llegó un segundo setup por la misma conexión.',
      client: 'Nunca ocurre: envía un solo setup.',
    },
    VERSION_UNSUPPORTED: {
      meaning: 'El gateway no habla la versión del protocolo que pide setup.',
      client: 'Rechaza connect.',
    },
    AUTH_REQUIRED: {
      meaning: 'setup no trae token y este gateway no admite clientes anónimos.',
      client: 'Rechaza connect.',
    },
    AUTH_FAILED: {
      meaning: 'El token no es válido o, en refresh, es de otro usuario.',
      client: 'Rechaza connect.',
    },
    ACL_DENIED: { meaning: 'El cliente no puede hacer esto en este tópico.', client: rechaza },
    NO_SUCH_TOPIC: {
      meaning: 'Aquí no existe ese tópico; el mensaje nombra lo que falta.',
      client: 'Rechaza la llamada o termina la suscripción.',
    },
    ALREADY_SUBSCRIBED: {
      meaning: 'La conexión ya tiene esta suscripción o, para resume, alguna.',
      client: rechaza,
    },
    NOT_SUBSCRIBED: { meaning: 'No existe tal suscripción en esta conexión.', client: rechaza },
    TOPIC_LIMIT: { meaning: 'La conexión tiene topicsPerConnectionMax suscripciones.', client: rechaza },
    MESSAGE_ID_CONFLICT: {
      meaning: 'El messageId se usó dentro de la ventana de deduplicación para un mensaje distinto.',
      client: rechaza,
    },
    SEQ_CONFLICT: {
      meaning: 'El tópico ha avanzado: su cabeza no está en el expectSeqNo de publish.',
      client: rechaza,
    },
    POSITION_GONE: {
      meaning: 'El mensaje de la posición indicada no está en el historial y onGap es reject.',
      client: 'Rechaza la llamada o avisa a la suscripción de que faltan mensajes.',
    },
    HISTORY_GONE: {
      meaning: 'Los mensajes que pidió replay ya no se conservan.',
      client: 'Renuncia a llenar el hueco y avisa a la suscripción.',
    },
    TOO_MANY_REPLAYS: {
      meaning:
        'La conexión tiene en curso replaysPerConnectionMax peticiones replay o readsPerConnectionMax peticiones read.',
      client: 'Vuelve a pedirlo al cabo de un rato.',
    },
    SESSION_INVALID: {
      meaning: 'La sesión no existe, es demasiado antigua, tiene otra resumeKey o es de otro usuario.',
      client: 'Empieza una sesión nueva y se suscribe desde sus posiciones.',
    },
    NOT_PRESENT: { meaning: 'La sesión no ha entrado en este tópico.', client: rechaza },
    PRESENCE_LIMIT: { meaning: 'La sesión está presente en presencesPerSessionMax tópicos.', client: rechaza },
    RATE_LIMITED: {
      meaning: 'La conexión envía más de framesPerSecondMax tramas por segundo.',
      client: 'Pasado afterMs, vuelve a enviar la publicación con su messageId; rechaza las demás llamadas.',
    },
    TOO_MANY_UNACKNOWLEDGED: {
      meaning: 'La conexión tiene unacknowledgedPublishesMax publicaciones sin respuesta.',
      client: repetible,
    },
    OVERLOADED: { meaning: 'Se alcanzó un límite del gateway; el mensaje lo nombra.', client: repetible },
    UNAVAILABLE: {
      meaning:
        'No se puede acceder a lo que guarda los mensajes, o ha fallado; aun así, la publicación puede haberse guardado.',
      client: repetible,
    },
    INTERNAL: { meaning: 'El gateway falló de una forma que no esperaba.', client: repetible },
  },
  closeCodes: {
    NORMAL: 'El cliente ha terminado.',
    MESSAGE_TOO_BIG: 'Una trama tiene más bytes que frameBytesReadMax.',
    PROTOCOL_ERROR: 'Demasiadas tramas que no se pueden entender (badFramesMax).',
    VERSION_UNSUPPORTED: 'Aquí no se habla la versión del protocolo que pide setup.',
    SETUP_TIMEOUT: 'No se aceptó ningún setup dentro de setupDeadlineMs.',
    AUTH_FAILED: 'El token de setup falta o no es válido.',
    SESSION_TAKEN_OVER: 'La sesión se reanudó en otra conexión.',
    TOKEN_EXPIRED: 'El token caducó y no se renovó; hay que conectarse con uno nuevo.',
    ACCESS_REVOKED: 'El token fue revocado.',
    INTERNAL: 'El gateway falló de una forma que no esperaba.',
    OVERLOADED: 'El gateway tiene connectionsMax conexiones.',
    SLOW_CONSUMER: 'El cliente hace peticiones pero no lee (sendBufferBytesMax).',
    NO_PONG: 'El cliente guardó silencio durante pongTimeoutMs tras un ping.',
    DRAINING: 'El gateway se está cerrando; goodbye indicó el plazo de reconexión a los clientes con setup aceptado.',
  },
  limits: {
    frameBytesMax: 'La trama no se decodifica; la respuesta es FRAME_TOO_LARGE y la conexión sigue abierta.',
    frameBytesReadMax: 'La trama no se lee hasta el final; la conexión se cierra con 1009.',
    setupDeadlineMs: 'La conexión se cierra con 4003.',
    heartbeatMs: 'Tras este tiempo sin tramas del cliente, el gateway envía un ping.',
    pongTimeoutMs: 'Si el cliente no envía nada en este tiempo tras un ping, su conexión se cierra con 4103.',
    connectionsMax: 'La siguiente conexión se cierra de inmediato con 4101.',
    topicsPerConnectionMax: 'El siguiente subscribe se rechaza con TOPIC_LIMIT.',
    badFramesMax: 'La conexión que ha enviado tantas tramas que no se pueden entender se cierra con 4000.',
    unacknowledgedPublishesMax:
      'El siguiente publish se rechaza con TOO_MANY_UNACKNOWLEDGED hasta que se haya enviado un ack.',
    framesPerSecondMax:
      'La trama que lo supera se rechaza con RATE_LIMITED; de golpe pueden llegar las de dos segundos.',
    replaysPerConnectionMax: 'El siguiente replay se rechaza con TOO_MANY_REPLAYS.',
    readsPerConnectionMax: 'El siguiente read se rechaza con TOO_MANY_REPLAYS.',
    presencesPerSessionMax: 'El siguiente enter se rechaza con PRESENCE_LIMIT.',
    presenceGraceMs: 'La sesión que perdió su conexión hace este tiempo sale de los tópicos en los que había entrado.',
    gatewayLivenessMs:
      'El gateway del que los demás no saben nada durante este tiempo se da por muerto: salen las sesiones presentes a través de él.',
    sessionLifetimeMs: 'La sesión que empezó hace este tiempo no se puede reanudar: SESSION_INVALID.',
    accessRecheckMs: 'Un cambio de permisos o una revocación termina en este tiempo las suscripciones en curso.',
    headIntervalMs: 'El tópico sin mensajes durante este tiempo se anuncia con head.',
    latencyObjectiveMs: 'El tópico cuyos mensajes tardan más de publicación a entrega se anuncia con health como late.',
    ringLengthMax: 'El mensaje más antiguo sale del búfer circular; a quien aún lo necesitaba se le avisa con lagged.',
    ringBytesMax:
      'Los mensajes más antiguos salen del búfer circular; a quien aún los necesitaba se le avisa con lagged.',
    batchBytesMax: 'Las tramas de un turno se escriben en más de un trozo.',
    sendBufferBytesMax: 'La conexión con tantos bytes sin enviar que pide más respuestas se cierra con 4102.',
    topicsMax:
      'Se olvida el tópico que lleva más tiempo sin suscriptores ni mensajes; si no hay ninguno, lo que necesite un tópico nuevo se rechaza con OVERLOADED.',
    historyLengthMax: 'El mensaje más antiguo del tópico sale de su historial.',
    historyBytesMax:
      'El tópico en el que se escribe cede sus mensajes más antiguos y después se olvidan los tópicos sin suscriptores; si no basta, publish se rechaza con OVERLOADED.',
    dedupWindowMs: 'Un messageId más antiguo que este tiempo se olvida; el mismo id crea entonces un mensaje nuevo.',
    stateKeysMax: 'El tópico tiene tantas claves; el publish con otra más se rechaza con OVERLOADED.',
    dedupEntriesPerPublisherMax:
      'El publish de este publicador con un messageId nuevo se rechaza con OVERLOADED hasta que uno suyo salga de la ventana.',
    dedupEntriesMax:
      'El publish con un messageId nuevo se rechaza con OVERLOADED hasta que un id anterior salga de la ventana.',
  },
};
