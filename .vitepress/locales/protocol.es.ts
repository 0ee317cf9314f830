/** Los textos en español de las tablas del protocolo. */

import type { ProtocolText } from './protocol.en.ts';

const rechaza = 'Rechaza la llamada.';
const repetible = 'Rechaza la llamada; se puede volver a enviar con el mismo messageId.';

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
    },
    subscribe: { id: 'Vuelve en la respuesta.', topic: 'El tópico al que suscribirse.' },
    unsubscribe: { id: 'Vuelve en la respuesta.', topic: 'El tópico de la suscripción.' },
    publish: {
      id: 'Vuelve en la respuesta.',
      topic: 'El tópico en el que publicar.',
      messageId: 'Nombra el mensaje; es el mismo en cada reintento.',
      payload: 'El mensaje en sí: cualquier valor JSON.',
    },
    pong: { time: 'La hora del ping al que responde.' },
    ready: {
      sessionId: 'Nombra esta sesión.',
      gateway: 'El nombre del gateway.',
      time: 'La hora del reloj del gateway.',
      heartbeatMs: 'Milisegundos de silencio tras los que el gateway envía un ping.',
      limits: 'Los límites que el cliente debe respetar.',
      durability: 'A qué sobrevive un mensaje confirmado.',
      retention: 'Cuántos mensajes de un tópico se conservan.',
      dedupWindowMs: 'Durante cuántos milisegundos se recuerda un messageId.',
    },
    subscribed: {
      id: 'El de la petición; falta en los tópicos nombrados en setup.',
      topic: 'El tópico.',
      alias: 'Representa al tópico en los mensajes MessagePack.',
      epoch: 'La época actual del tópico.',
      seqNo: 'La cabeza del tópico; 0 si aún no tiene mensajes.',
      messageId: 'El mensaje que está en la cabeza.',
    },
    unsubscribed: {
      id: 'El de la petición; falta si fue el gateway quien terminó la suscripción.',
      topic: 'El tópico.',
      reason: 'Por qué terminó.',
    },
    ack: {
      id: 'El de la petición.',
      messageId: 'El del mensaje.',
      status: 'Si el mensaje lo guardó esta publicación o una anterior.',
      epoch: 'La época en la que está.',
      seqNo: 'Su lugar.',
    },
    message: {
      topic: 'El tópico.',
      alias: 'El alias del tópico, recibido en subscribed.',
      seqNo: 'El lugar del mensaje.',
      prevSeqNo: 'El lugar del mensaje anterior; 0 en el primero.',
      messageId: 'El nombre que el publicador dio al mensaje.',
      time: 'Cuándo se guardó el mensaje.',
      data: 'El contenido, tal como se publicó.',
    },
    lagged: {
      topic: 'El tópico.',
      fromSeqNo: 'El último mensaje entregado.',
      toSeqNo: 'La cabeza del tópico.',
      why: 'Una frase para personas.',
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
      reason: 'Una frase para personas.',
      reconnectMinMs: 'La espera mínima antes de reconectar.',
      reconnectMaxMs: 'La espera máxima antes de reconectar.',
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
    AUTH_FAILED: { meaning: 'El token de setup no es válido.', client: 'Rechaza connect.' },
    ACL_DENIED: { meaning: 'El cliente no puede hacer esto en este tópico.', client: rechaza },
    ALREADY_SUBSCRIBED: { meaning: 'La conexión ya tiene esta suscripción.', client: rechaza },
    NOT_SUBSCRIBED: { meaning: 'No existe tal suscripción en esta conexión.', client: rechaza },
    TOPIC_LIMIT: { meaning: 'La conexión tiene topicsPerConnectionMax suscripciones.', client: rechaza },
    MESSAGE_ID_CONFLICT: {
      meaning: 'El messageId se usó dentro de la ventana de deduplicación con otro contenido.',
      client: rechaza,
    },
    TOO_MANY_UNACKNOWLEDGED: {
      meaning: 'La conexión tiene unacknowledgedPublishesMax publicaciones sin respuesta.',
      client: repetible,
    },
    OVERLOADED: { meaning: 'Se alcanzó un límite del gateway; el mensaje lo nombra.', client: repetible },
    INTERNAL: { meaning: 'El gateway falló de una forma que no esperaba.', client: repetible },
  },
  closeCodes: {
    NORMAL: 'El cliente ha terminado.',
    MESSAGE_TOO_BIG: 'Una trama tiene más bytes que frameBytesReadMax.',
    PROTOCOL_ERROR: 'Demasiadas tramas que no se pueden entender (badFramesMax).',
    VERSION_UNSUPPORTED: 'Aquí no se habla la versión del protocolo que pide setup.',
    SETUP_TIMEOUT: 'No se aceptó ningún setup dentro de setupDeadlineMs.',
    AUTH_FAILED: 'El token de setup falta o no es válido.',
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
    ringLengthMax: 'El mensaje más antiguo sale del búfer circular; a quien aún lo necesitaba se le avisa con lagged.',
    ringBytesMax:
      'Los mensajes más antiguos salen del búfer circular; a quien aún los necesitaba se le avisa con lagged.',
    batchBytesMax: 'Las tramas de un turno se escriben en más de un trozo.',
    sendBufferBytesMax: 'La conexión con tantos bytes sin enviar que pide más respuestas se cierra con 4102.',
    topicsMax:
      'Se olvida el tópico más antiguo sin suscriptores; si no hay ninguno, lo que necesite un tópico nuevo se rechaza con OVERLOADED.',
    historyLengthMax: 'El mensaje más antiguo del tópico sale de su historial.',
    historyBytesMax:
      'El tópico en el que se escribe cede sus mensajes más antiguos y después se olvidan los tópicos sin suscriptores; si no basta, publish se rechaza con OVERLOADED.',
    dedupWindowMs: 'Un messageId más antiguo que este tiempo se olvida; el mismo id crea entonces un mensaje nuevo.',
    dedupEntriesMax:
      'El publish con un messageId nuevo se rechaza con OVERLOADED hasta que un id anterior salga de la ventana.',
  },
};
